import { describe, expect, test } from "vitest";
import { checksOf } from "../../../../lib/history/checks/checks";
import type { SiteAtEnd } from "../../../../lib/history/report";
import { must } from "../../../../lib/kernel/assert";
import type { Cluster } from "../../../../lib/protocol/cluster";
import { type CheckName, checkNames, type ReportOp } from "../../../../lib/protocol/report";
import type { TraceEvent } from "../../../../lib/protocol/trace";
import { planOf } from "../../../../lib/scenario/plan";
import { type Run, runPlan } from "../../../../lib/sim/run";

/** A run in which everything is in order: reads at the primary, no faults, three sessions on two keys. */
function correctRun(cluster: object): Run {
  const traffic = ["mumbai", "pune", "frankfurt"].map((site, i) => ({
    ...{ session: `s${i}`, site, everyMs: 400, toMs: 6000, keys: ["x", "y"], mix: { put: 50, get: 50 } },
  }));
  const plan = planOf({
    name: "Nothing happens",
    ...{ seed: 4, durationMs: 8000, sites: ["mumbai", "pune", "frankfurt"], cluster, traffic },
  });
  if (!plan.ok) throw new Error(plan.error.expected);
  return runPlan(plan.value);
}

type Evidence = {
  readonly ops: readonly ReportOp[];
  readonly events: readonly TraceEvent[];
  readonly sites: readonly SiteAtEnd[];
  readonly config: Cluster;
};

function evidenceOf({ report, events }: Run): Evidence {
  const sites = Object.entries(report.final).map(([site, state]) => ({ site, state, versions: {} }));
  return { ops: report.ops, events, sites, config: report.config };
}

function verdict(check: CheckName, { ops, ...rest }: Evidence): string {
  const run: Parameters<typeof checksOf>[0] = { ...rest, authority: "mumbai", isProvisional: false };
  return must(checksOf(run, ops, [check])[0], "one check was asked for").verdict;
}

const oneWriter = evidenceOf(correctRun({ preset: "postgres-async", readFrom: "primary" }));
const isOk = (op: ReportOp, f: string) => op.status === "ok" && op.f === f;

/** The planted defect: one operation answers otherwise. */
function answering(evidence: Evidence, wrong: ReportOp, change: Partial<ReportOp>): Evidence {
  return { ...evidence, ops: evidence.ops.map((op) => (op === wrong ? { ...op, ...change } : op)) };
}

function writesOn({ ops }: Evidence, key: string): readonly ReportOp[] {
  return ops.filter((op) => isOk(op, "put") && op.key === key);
}

/** A read of `session` made when `count` writes of the key had been acknowledged for a second. */
function lateRead({ ops }: Evidence, count: number, session?: string): ReportOp {
  return must(
    ops.find(
      (op) =>
        isOk(op, "get") &&
        (session === undefined || op.session === session) &&
        writesOn({ ...oneWriter, ops }, op.key).filter((write) => (write.retMs ?? 0) + 1000 < op.callMs)
          .length >= count,
    ),
    "the run is long enough for such a read",
  );
}

const staleRead = (evidence: Evidence): Evidence => {
  const read = lateRead(evidence, 4);
  const first = must(writesOn(evidence, read.key)[0], "there are four");
  return answering(evidence, read, { version: first.id, value: first.arg });
};

/** Own write, then a read of the state before anybody wrote. */
const forgottenWrite = (evidence: Evidence): Evidence => {
  const write = must(writesOn(evidence, "x")[0], "somebody wrote x");
  const read = must(
    evidence.ops.find(
      (op) =>
        isOk(op, "get") && op.key === "x" && op.session === write.session && op.callMs >= (write.retMs ?? 0),
    ),
    "its session read x later",
  );
  return answering(evidence, read, { version: null, value: null });
};

/** The later of two reads of a session is given the oldest version. */
const backInTime = (evidence: Evidence): Evidence => {
  const [oldest] = writesOn(evidence, "x");
  const reads = evidence.ops.filter((op) => isOk(op, "get") && op.key === "x" && op.session === "s1");
  const last = must(reads.at(-1), "s1 read x");
  return answering(evidence, last, { version: must(oldest, "x was written").id });
};

/** The places of two writes of one session in the log are swapped. */
const writesSwapped = (evidence: Evidence): Evidence => {
  const [first, second] = writesOn(evidence, "x").filter((op) => op.session === "s0");
  const swap = new Map([
    [must(first, "s0 wrote x").id, must(second, "twice").id],
    [must(second, "twice").id, must(first, "s0 wrote x").id],
  ]);
  return { ...evidence, events: evidence.events.map((event) => moved(event, swap, evidence.events)) };
};

/** A write is put before a version that its own session had read. */
const writeBeforeWhatItRead = (evidence: Evidence): Evidence => {
  const [oldest] = writesOn(evidence, "x");
  const reader = must(
    evidence.ops.find(
      (read) => isOk(read, "get") && read.key === "x" && laterWrite(evidence, read) !== undefined,
    ),
    "somebody read x and wrote it later",
  );
  const write = must(laterWrite(evidence, reader), "it was just found");
  const swap = new Map([
    [write.id, must(oldest, "x was written").id],
    [must(oldest, "x was written").id, write.id],
  ]);
  return { ...evidence, events: evidence.events.map((event) => moved(event, swap, evidence.events)) };
};

function laterWrite(evidence: Evidence, read: ReportOp): ReportOp | undefined {
  if (read.version === null) return undefined;
  return writesOn(evidence, "x").find((op) => op.session === read.session && op.callMs >= (read.retMs ?? 0));
}

function moved(event: TraceEvent, swap: ReadonlyMap<string, string>, all: readonly TraceEvent[]): TraceEvent {
  if (event.kind !== "append" && event.kind !== "apply") return event;
  const other = swap.get(event.op);
  const place = all.find((each) => each.kind === event.kind && each.op === other);
  return place?.kind === event.kind ? { ...event, position: place.position } : event;
}

/** Two readers see two writes in two orders. */
const disagreeingReaders = (evidence: Evidence): Evidence => {
  const [a, b] = ["s0", "s1"].map((session) =>
    must(
      writesOn(evidence, "x").find((op) => op.session === session),
      `${session} wrote x`,
    ),
  );
  const common = {
    ...must(
      evidence.ops.find((op) => isOk(op, "get")),
      "somebody read",
    ),
    key: "x",
  };
  const read = (id: string, session: string, version: ReportOp | undefined, atMs: number): ReportOp => ({
    ...{ ...common, id, session, version: version?.id ?? null, callMs: atMs, retMs: atMs + 1 },
  });
  const reads = [
    read("r:1", "r", a, 1e5),
    read("r:2", "r", b, 2e5),
    read("q:1", "q", b, 1e5),
    read("q:2", "q", a, 2e5),
  ];
  return { ...evidence, ops: [...evidence.ops, ...reads] };
};

const overlappingReigns = (evidence: Evidence): Evidence => {
  const acked = evidence.ops.filter((op) => isOk(op, "put") && op.site === "mumbai");
  const early = must(acked[1], "mumbai acknowledged several");
  return answering(evidence, early, { epoch: early.epoch + 1, servedBy: "pune", site: "pune" });
};

const twoPrimariesInOneEpoch = (evidence: Evidence): Evidence =>
  answering(
    evidence,
    must(
      evidence.ops.find((op) => isOk(op, "put")),
      "a write",
    ),
    { servedBy: "pune" },
  );

const oneSiteDiffers = (evidence: Evidence): Evidence => {
  const [first, ...others] = evidence.sites;
  const site = must(first, "three sites");
  return {
    ...evidence,
    sites: [{ ...site, state: { ...site.state, keys: { ...site.state.keys, x: "?" } } }, ...others],
  };
};

const valueOfNobody = (evidence: Evidence): Evidence => ({
  ...evidence,
  sites: evidence.sites.map((site) => ({ ...site, versions: { x: "nobody:1" } })),
});

const refusedWriteIsRead = (evidence: Evidence): Evidence => {
  const read = lateRead(evidence, 1);
  const write = must(
    evidence.ops.find((op) => op.id === read.version),
    "it read a write",
  );
  return answering(evidence, write, { status: "fail", error: "NO_PRIMARY" });
};

const lostAfterAck = (evidence: Evidence): Evidence => {
  const writes = writesOn(evidence, "x");
  const last = must(writes.at(-1), "x was written");
  const before = must(writes.at(-2), "twice");
  const read = must(
    evidence.ops.findLast((op) => isOk(op, "get")),
    "somebody read",
  );
  const late = {
    key: "x",
    version: before.id,
    callMs: (last.retMs ?? 0) + 5000,
    retMs: (last.retMs ?? 0) + 5001,
  };
  return { ...evidence, ops: [...evidence.ops, { ...read, ...late, id: "late:1", session: "late" }] };
};

describe("one planted defect for every property, in a run that has none", () => {
  test("the run itself holds whatever it is asked", () => {
    const before = checkNames
      .filter((name) => name !== "convergence")
      .map((name) => verdict(name, oneWriter));
    expect(before).toEqual(before.map(() => "holds"));
    expect(verdict("convergence", oneWriter)).toBe("holds");
  });

  const mutants: readonly (readonly [CheckName, string, (evidence: Evidence) => Evidence])[] = [
    ["linearizable", "a read answers with a version long replaced", staleRead],
    ["linearizable", "an acknowledged write is gone", lostAfterAck],
    ["linearizable", "a read answers with a write that was refused", refusedWriteIsRead],
    ["sequential", "a session's own write is forgotten", forgottenWrite],
    ["causal", "a session's own write is forgotten", forgottenWrite],
    ["causal-convergence", "two readers see two writes in two orders", disagreeingReaders],
    ["sequential", "two readers see two writes in two orders", disagreeingReaders],
    ["read-your-writes", "a session's own write is forgotten", forgottenWrite],
    ["monotonic-reads", "a session reads an older version after a newer one", backInTime],
    ["monotonic-writes", "the log has two writes of a session the wrong way round", writesSwapped],
    ["writes-follow-reads", "the log has a write before what its session had read", writeBeforeWhatItRead],
    ["convergence", "one site ends with another value", oneSiteDiffers],
    ["convergence", "all sites end with what nobody wrote", valueOfNobody],
    ["split-brain", "a newer epoch acknowledges among the writes of the older", overlappingReigns],
    ["split-brain", "two sites acknowledge in one epoch", twoPrimariesInOneEpoch],
  ];
  test.each(mutants)("%s is violated when %s", (check, _, plant) => {
    expect(verdict(check, plant(oneWriter))).toBe("violated");
  });

  test("lost-update is violated when a merge rule drops what it had kept", () => {
    const votes = ["mumbai", "pune"].map((site, i) => ({
      ...{ atMs: 1000, do: "op", session: `v${i}`, site },
      op: { f: "put", key: "x", value: site },
    }));
    const plan = planOf({
      name: "Two writers",
      ...{ durationMs: 5000, sites: ["mumbai", "pune"], timeline: votes.slice(0, 1) },
      cluster: { mode: "active-active" },
    });
    const both = planOf({
      name: "Two writers at once",
      ...{ durationMs: 5000, sites: ["mumbai", "pune"], timeline: votes },
      cluster: { mode: "active-active" },
    });
    if (!plan.ok || !both.ok) throw new Error("the scenarios are well formed");
    const found = [plan.value, both.value].map(
      (each) => runPlan(each).report.checks.find(({ check }) => check === "lost-update")?.verdict,
    );
    expect(found).toEqual(["holds", "violated"]);
  });
});
