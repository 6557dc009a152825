import { expect, test } from "vitest";
import { checksOf } from "../../../../lib/history/checks/checks";
import { operationsOf } from "../../../../lib/history/operations";
import { must } from "../../../../lib/kernel/assert";
import type { CheckName, CheckResult, ReportOp } from "../../../../lib/protocol/report";
import type { TraceEvent } from "../../../../lib/protocol/trace";
import { planOf } from "../../../../lib/scenario/plan";
import { arrival, done, invoke, traceOf, view } from "../events";

function configOf(cluster: object) {
  const plan = planOf({ name: "x", durationMs: 1, sites: ["mumbai", "pune"], cluster });
  if (!plan.ok) throw new Error(plan.error.expected);
  return plan.value.cluster;
}

function checked(
  check: CheckName,
  events: readonly TraceEvent[],
  ops: readonly ReportOp[] = operationsOf(events),
  cluster: object = { preset: "postgres-async" },
): CheckResult {
  const run = { events, sites: [], config: configOf(cluster), authority: null, isProvisional: false };
  return must(checksOf(run, ops, [check])[0], "one check was asked for");
}

const written = traceOf([0, "mumbai", invoke("a:1")], [10, "mumbai", done("a:1", "mumbai")]);
const op = (id: string, change: Partial<ReportOp>): ReportOp => ({
  ...must(operationsOf(written)[0], "there is one"),
  ...{ id, session: id.split(":")[0] as string, version: id, ...change },
});
const write = op("a:1", { callMs: 0, retMs: 10 });
const read = (id: string, version: string | null, callMs: number) =>
  op(id, { f: "get", version, value: version, callMs, retMs: callMs + 1 });

test("a property that nothing could have shown has no evidence; one that has no meaning says so", () => {
  expect(checked("linearizable", [], [write]).verdict).toBe("no-evidence");
  expect(checked("monotonic-reads", [], [write, read("b:1", "a:1", 20)]).verdict).toBe("no-evidence");
  const many = { mode: "active-active" };
  expect(checked("split-brain", [], [write], many)).toMatchObject({ verdict: "not-promised", witness: null });
});

test("a violation that the cluster never promised to avoid is still a violation, and says so", () => {
  const stale = [write, read("b:1", null, 50)];
  const promised = checked("linearizable", [], stale, { mode: "single" });
  const local = checked("linearizable", [], stale, { preset: "postgres-async", readFrom: "local" });
  expect([promised.verdict, local.verdict]).toEqual(["violated", "violated"]);
  expect(promised.text).not.toContain("does not promise");
  expect(local.text).toContain("does not promise");
  expect(local.witness).toEqual({ ops: ["a:1", "b:1"] });
});

test("a read of a write that was refused is a violation by itself", () => {
  const refused = op("a:1", { status: "fail", error: "NO_PRIMARY", version: null });
  for (const check of ["linearizable", "causal", "sequential"] as const) {
    const { verdict, text } = checked(check, [], [refused, { ...read("b:1", "a:1", 20), value: "a:1" }]);
    expect(verdict).toBe("violated");
    expect(text).toContain("a write that had been refused");
  }
});

test("a write of unknown outcome may take effect late, once, or never; an unknown read says nothing", () => {
  const open = op("a:1", { status: "unknown", version: null, callMs: 0, retMs: 5000 });
  const newer = op("c:1", { callMs: 10, retMs: 20 });
  const unheard = op("d:1", { f: "get", status: "unknown", version: null, callMs: 60, retMs: 100 });
  const verdict = (...ops: readonly ReportOp[]) =>
    checked("linearizable", [], [open, newer, unheard, ...ops]).verdict;
  expect(verdict(read("b:1", "c:1", 30))).toBe("holds");
  expect(verdict(read("b:1", "c:1", 30), read("b:2", "a:1", 40))).toBe("holds");
  expect(verdict(read("b:1", "a:1", 30), read("b:2", "c:1", 40), read("b:3", "a:1", 50))).toBe("violated");
});

test("a clock that is known to 40 ms makes two operations concurrent where it must", () => {
  const ops = [write, read("b:1", null, 30)];
  const sure = [...written, ...traceOf([30, "pune", invoke("b:1", "get")])];
  const unsure = sure.map((event) => ({ ...event, errMs: 20 }));
  expect(checked("linearizable", sure, ops).verdict).toBe("violated");
  expect(checked("linearizable", unsure, ops).verdict).toBe("holds");
});

test("by the log alone a session reads backwards: the trace tells what two readings cannot", () => {
  const at = (id: string, lsn: number) => ({
    ...arrival("append", id, { mumbai: lsn }, null),
    position: { epoch: 1, lsn },
  });
  const log = traceOf(
    [0, "mumbai", view("mumbai", 1)],
    [1, "mumbai", at("a:1", 1)],
    [2, "mumbai", at("c:1", 2)],
  );
  const ops = [write, op("c:1", { callMs: 0, retMs: 10 }), read("b:1", "c:1", 20), read("b:2", "a:1", 30)];
  expect(checked("monotonic-reads", [], ops).verdict).toBe("holds");
  expect(checked("monotonic-reads", log, ops)).toMatchObject({ verdict: "violated", scope: "session b" });
});

test("a clock that jumps back makes a session's own later write lose", () => {
  const met = traceOf(
    [0, "mumbai", view(null, 1, "active-active")],
    [1, "mumbai", arrival("append", "a:1", { mumbai: 1 }, null)],
    [2, "mumbai", arrival("append", "a:2", { mumbai: 2 }, "a:1", "a:1")],
  );
  const ops = [write, op("a:2", { callMs: 20, retMs: 30 }), read("a:3", "a:1", 40)];
  expect(checked("monotonic-writes", met, ops, { mode: "active-active" }).verdict).toBe("violated");
  expect(checked("read-your-writes", met, ops, { mode: "active-active" }).verdict).toBe("violated");
});
