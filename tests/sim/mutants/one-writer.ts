import type { Coordinator, CoordinatorInput, CoordinatorOutput } from "../../../lib/coordinator/types";
import type { EngineOutput } from "../../../lib/engine/types";
import { must } from "../../../lib/kernel/assert";
import type { View } from "../../../lib/protocol/view";
import {
  coordinator,
  disobeying,
  hasty,
  type Mutant,
  mishearing,
  misreading,
  misspeaking,
  sites,
} from "./plant";
import { remembering } from "./reads";

const stale = [
  "linearizable",
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
] as const;

/** Every view says epoch 1, whatever the coordinator counts; what the sites report is translated back. */
function inOneEpoch(machine: Coordinator): Coordinator {
  const flat = (view: View): View => ({ ...view, epoch: Math.min(1, view.epoch) });
  const heard = (input: CoordinatorInput): CoordinatorInput => {
    if (input.type !== "message" || input.message.epoch !== 1) return input;
    const { epoch } = machine.snapshot(input.mono).view;
    return { ...input, message: { ...input.message, epoch } };
  };
  const said = (output: CoordinatorOutput): CoordinatorOutput =>
    output.type === "send" && output.message.type === "view"
      ? { ...output, message: { ...output.message, view: flat(output.message.view) } }
      : output;
  return {
    step: (input) => machine.step(heard(input)).map(said),
    snapshot(mono) {
      const shot = machine.snapshot(mono);
      return { ...shot, view: flat(shot.view) };
    },
  };
}

function isDiscard(output: EngineOutput): boolean {
  return output.type === "record" && output.event.kind === "discard";
}

export const oneWriterMutants: readonly Mutant[] = [
  {
    bug: "a write is acknowledged before it is on the disk",
    ...{ rule: "E2", row: "single", breaks: "no-acked-loss", machines: hasty },
    drags: [...stale, "loss-is-told"],
    faults: ["crash", "slow-disk"],
  },
  {
    bug: "a write that was refused is acknowledged",
    ...{ rule: "E31", row: "single", breaks: "accounted", drags: stale },
    machines: misspeaking((output, engine) => {
      if (output.type !== "reply" || output.outcome.status !== "fail") return output;
      if (output.outcome.error !== "CAS_MISMATCH") return output;
      const { epoch } = output.outcome;
      const served = { servedBy: engine.identity.site, epoch };
      return { ...output, outcome: { status: "ok", value: null, version: output.opId, ...served } };
    }),
  },
  {
    bug: "reads come from a cache that nothing renews",
    ...{ rule: "E32", row: "single", breaks: "read-your-writes", drags: stale },
    machines: remembering((past) => must(past[0], "this read at least")),
  },
  {
    bug: "every third read is answered as the one before it was",
    ...{ rule: "E32", row: "single", breaks: "monotonic-reads", drags: stale },
    machines: remembering((past) => must(past.at(past.length % 3 === 0 ? -3 : -1), "this read at least")),
  },
  {
    bug: "one key is read as it was long ago, the others as they are",
    ...{ rule: "E34", row: "single", breaks: "monotonic-writes", drags: stale },
    machines: remembering((past, { op }) => must(past.at(op.key === "x" ? 0 : -1), "this read at least")),
  },
  {
    bug: "one session sees one key as it was long ago",
    ...{ rule: "E34", row: "single", breaks: "writes-follow-reads", drags: stale },
    machines: remembering((past, { op, session }) => {
      const isOld = op.key === "x" && session === "s0";
      return must(past.at(isOld ? 0 : -1), "this read at least");
    }),
  },
  {
    bug: "a replica does not hear that its log has diverged",
    ...{ rule: "E50", row: "async", breaks: "settles", drags: ["convergence", "loss-is-told"] },
    machines: misreading("diverged", () => null),
  },
  {
    bug: "a site rewinds and says nothing of what it cuts off",
    ...{ rule: "E50", row: "async", breaks: "loss-is-told" },
    machines: sites((engine) => (input) => engine.step(input).filter((output) => !isDiscard(output))),
  },
  {
    bug: "every reign has the same epoch",
    ...{ rule: "C47", row: "async", breaks: "one-acknowledging-primary" },
    drags: ["election-safety", "log-matching", "settles", "convergence", "accounted"],
    machines: coordinator(inOneEpoch),
  },
  {
    bug: "a replica appends two entries in the wrong order",
    ...{ rule: "E43", row: "async", breaks: "log-matching", drags: ["settles", "convergence"] },
    machines: misreading("append", (message) => {
      const [first, second, ...rest] = message.entries;
      if (first === undefined || second === undefined) return message;
      const swapped = [
        { ...second, epoch: first.epoch, lsn: first.lsn },
        { ...first, epoch: second.epoch, lsn: second.lsn },
      ];
      return { ...message, entries: [...swapped, ...rest] };
    }),
  },
  {
    bug: "a replica loses the deletions it is sent",
    ...{ rule: "E43", row: "async", breaks: "convergence", drags: ["settles"] },
    machines: misreading("append", (message) => ({
      ...message,
      entries: message.entries.map((entry) =>
        entry.op.f === "delete" ? { ...entry, op: { f: "delete" as const, key: "nothing" } } : entry,
      ),
    })),
  },
  {
    bug: "a primary looks at no lease and at no epoch",
    ...{ rule: "E22", row: "async", breaks: "split-brain" },
    machines: disobeying((cluster) => ({ ...cluster, fencing: [] })),
  },
  {
    bug: "a lease is believed to last ten times as long as it was granted for",
    ...{ rule: "E21", row: "async", breaks: "split-brain" },
    machines: mishearing((input) =>
      input.type === "coordination" && input.message.type === "beat-reply"
        ? { ...input, message: { ...input.message, leaseMs: 10 * input.message.leaseMs } }
        : input,
    ),
  },
  {
    bug: "a primary takes any word of a standby as word that it has everything",
    ...{ rule: "E61", row: "sync", breaks: "no-acked-loss", drags: stale, faults: ["isolate", "crash"] },
    machines: misreading("ack", (message, engine) => ({
      ...message,
      flushed: engine.snapshot().position,
      flushedBy: engine.identity.site,
    })),
  },
  {
    bug: "a standby's restart forgets entries that it has acknowledged",
    ...{
      rule: "E3",
      row: "sync",
      breaks: "no-acked-loss",
      drags: [...stale, "log-matching", "loss-is-told"],
    },
    faults: ["crash", "slow-disk"],
    machines: mishearing((input) =>
      input.type === "start"
        ? { ...input, journal: input.journal.filter(({ type }) => type !== "entry") }
        : input,
    ),
  },
  {
    bug: "the coordinator promotes whoever is ahead, in the sync set or not",
    ...{ rule: "C51", row: "sync", breaks: "no-acked-loss", drags: stale },
    machines: coordinator((machine) => ({
      ...machine,
      step(input) {
        if (input.type !== "start" && input.type !== "configure") return machine.step(input);
        return machine.step({ ...input, cluster: { ...input.cluster, ack: "async" } });
      },
    })),
  },
  {
    bug: "a replica answers the reads that are the primary's to answer",
    ...{ rule: "E70", row: "sync", breaks: "linearizable", drags: stale },
    machines: disobeying((cluster) => ({ ...cluster, readFrom: "local" })),
  },
];
