import type { OpId } from "../../../lib/protocol/ids";
import type { ReplicatedOp } from "../../../lib/protocol/site/replicated-op";
import type { TraceBody } from "../../../lib/protocol/trace";
import { disobeying, type Mutant, mishearing, misreading, sites } from "./plant";

const lww = "active-active lww";

function discarded({ opId, op, seq }: ReplicatedOp): TraceBody {
  const why = "This site has started anew.";
  return { kind: "discard", op: opId, key: op.key, position: { epoch: 0, lsn: seq }, why };
}

/** One more than its author had made of the counter. */
function doubled({ op, lww }: ReplicatedOp): Partial<ReplicatedOp> {
  if (op.f !== "increment" || lww?.type !== "counter") return {};
  const value = { type: "counter", value: lww.value + op.by } as const;
  return { lww: value, lwwHlc: value };
}

/** Whoever receives a write puts its own time upon it. */
function restamped(stamp: (wall: number) => Partial<ReplicatedOp>) {
  return mishearing((input) => {
    if (input.type !== "message" || input.message.type !== "ops") return input;
    const ops = input.message.ops.map((op) => ({ ...op, ...stamp(input.now.wall) }));
    return { ...input, message: { ...input.message, ops } };
  });
}

export const manyWriterMutants: readonly Mutant[] = [
  {
    bug: "nobody compares notes",
    ...{ rule: "M14", row: lww, breaks: "settles", drags: ["convergence"] },
    machines: misreading("digest", () => null),
  },
  {
    bug: "a write is stamped by whoever receives it",
    ...{ rule: "M3", row: lww, breaks: "convergence", drags: ["settles", "strong-convergence"] },
    machines: restamped((wall) => ({ wallMs: wall })),
  },
  {
    bug: "whoever receives a write gives it a name of its own",
    ...{ rule: "M17", row: lww, breaks: "no-thin-air" },
    drags: ["convergence", "settles", "strong-convergence", "accounted", "none-erased"],
    machines: restamped(() => ({ opId: "nobody:1" as OpId })),
  },
  {
    bug: "a restart throws away what the disk kept, and says so",
    ...{
      rule: "M15",
      row: lww,
      breaks: "none-erased",
      drags: ["settles", "convergence", "accounted", "strong-convergence"],
    },
    machines: sites((engine) => (input) => {
      if (input.type !== "start") return engine.step(input);
      const kept = input.journal.filter(({ type }) => type !== "op");
      const thrown = input.journal.filter((record) => record.type === "op");
      const notes = thrown.map(({ op }) => ({ type: "record", event: discarded(op) }) as const);
      return [...notes, ...engine.step({ ...input, journal: kept })];
    }),
  },
  {
    bug: "what a write did to a document is lost on the way",
    ...{ rule: "M7", row: "active-active crdt", breaks: "convergence" },
    drags: ["settles", "none-erased", "strong-convergence"],
    machines: misreading("ops", (message) => ({
      ...message,
      ops: message.ops.map((op) => (op.op.f === "insert" ? { ...op, update: "" } : op)),
    })),
  },
  {
    bug: "the first increment of a batch counts twice for whoever receives it",
    ...{ rule: "M8", row: "active-active lww-hlc", breaks: "strong-convergence" },
    drags: ["settles", "convergence", "accounted"],
    machines: misreading("ops", ({ ops: [first, ...rest], ...message }) => ({
      ...message,
      ops: first === undefined ? [] : [{ ...first, ...doubled(first) }, ...rest],
    })),
  },
  {
    bug: "sites show the latest of the values that nobody has read, and let the others go",
    ...{ rule: "M20", row: "active-active siblings", breaks: "none-silently-lost" },
    machines: disobeying((cluster) => ({ ...cluster, merge: "lww" })),
  },
  {
    bug: "a deletion is forgotten after half a second, whoever has seen it",
    ...{ rule: "M80", row: "active-active deletions", breaks: "none-resurrected" },
    drags: ["strong-convergence", "settles", "convergence"],
    faults: ["clog"],
    machines: disobeying((cluster) => ({ ...cluster, repair: { ...cluster.repair, tombstoneMs: 500 } })),
  },
  {
    bug: "a write is shown before the ones that it depends on, to whoever asks",
    ...{ rule: "E184", row: "active-active causal", breaks: "causal", drags: ["causal-convergence"] },
    machines: disobeying((cluster) => ({ ...cluster, causal: false, session: [] })),
  },
  {
    bug: "a write gets its hybrid time from whoever receives it",
    ...{ rule: "M4", row: "active-active causal", breaks: "causal-convergence" },
    drags: ["settles", "convergence", "strong-convergence"],
    machines: restamped((wall) => ({ hlc: { l: wall, c: 0 } })),
  },
];
