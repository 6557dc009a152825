import { describe, expect, test } from "vitest";
import { createLiveFigures } from "../../lib/history/live-figures";
import { replayOf } from "../../lib/history/replay";
import { must } from "../../lib/kernel/assert";
import { reportSchema } from "../../lib/protocol/report";
import { traceEventSchema } from "../../lib/protocol/trace";
import { bundledScenarios, scenarioNamed } from "../../lib/scenario/bundled/all";
import { type Plan, planOf } from "../../lib/scenario/plan";
import { runPlan } from "../../lib/sim/run";

function bundledPlan(id: string): Plan {
  const plan = planOf(must(scenarioNamed(id), `scenario ${id}`).scenario);
  if (!plan.ok) throw new Error(`${id}: ${plan.error.path}: ${plan.error.expected}`);
  return plan.value;
}

describe.each(bundledScenarios.map(({ id }) => id))("scenario %s", (id) => {
  const { report, events } = runPlan(bundledPlan(id));

  test("does what it promises", () => {
    expect(report.expect.filter((each) => !each.ok)).toEqual([]);
    expect(report.expect.length).toBeGreaterThan(0);
  });

  test("runs twice with one digest", () => {
    expect(runPlan(bundledPlan(id)).report.digest).toBe(report.digest);
    const otherSeed = runPlan({ ...bundledPlan(id), seed: report.seed + 1 }).report.digest;
    expect(otherSeed).not.toBe(report.digest);
  });

  test("comes to rest, with every acknowledged write accounted for", () => {
    const { ackedWrites, ...parts } = report.ledger;
    expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(ackedWrites);
    expect(parts.unaccounted).toBe(0);
    // A site that may only follow stays out for ever once its log has left the others'.
    if (report.config.rejoin === "follow") return;
    expect(report.virtualMs).toBeLessThan(bundledPlan(id).durationMs + bundledPlan(id).settleMs);
  });

  test("has a report and a trace of the published shape, numbered without gaps", () => {
    const whole = { ...report, ...replayOf(events, report.config) };
    expect(() => reportSchema.parse(JSON.parse(JSON.stringify(whole)))).not.toThrow();
    const counts = new Map<string, number>();
    let lastMs = 0;
    for (const event of events) {
      traceEventSchema.parse(event);
      const e = (counts.get(event.site) ?? 0) + 1;
      counts.set(event.site, e);
      expect([event.e, event.vc[event.site]]).toEqual([e, e]);
      expect(event.atMs).toBeGreaterThanOrEqual(lastMs);
      lastMs = event.atMs;
    }
  });

  // Live, nobody can count what became of a write that was neither acknowledged nor seen by another site.
  if (id === "quorum-r-w-n-not-available") return;
  test("is counted live as it is in the report", () => {
    const live = createLiveFigures();
    for (const event of events) live.add(event);
    const { lostWrites, silentConflicts, failovers, writesOk } = live.read();
    const { metrics, ledger } = report;
    expect({ lostWrites, silentConflicts, failovers, writesOk }).toEqual({
      lostWrites: metrics.lostWrites,
      silentConflicts: metrics.silentConflicts,
      failovers: metrics.failovers,
      writesOk: ledger.ackedWrites,
    });
  });
});

test("the write that vanished is named by its incident, and its site is told", () => {
  const { report, events } = runPlan(bundledPlan("write-that-vanished"));
  const [incident] = report.incidents;
  expect(incident).toMatchObject({
    fault: "crash",
    site: "mumbai",
    lostOps: ["alice:1"],
    rpoOps: 1,
    zombieOps: 0,
  });
  const discards = events.filter((event) => event.kind === "discard");
  expect(discards.map((event) => [event.site, event.op])).toEqual([["mumbai", "alice:1"]]);
});

test("an outage is timed from the fault to the first write of the new reign, phase by phase", () => {
  const [incident] = runPlan(bundledPlan("write-that-stayed")).report.incidents;
  const { atMs, detectedMs, decidedMs, promotedMs, routedMs, firstSuccessMs, rtoMs } = must(
    incident,
    "an incident",
  );
  const phases = [atMs, detectedMs, decidedMs, promotedMs, routedMs, firstSuccessMs];
  expect(phases).toEqual([...phases].sort((a, b) => Number(a) - Number(b)));
  expect(rtoMs).toBe(Number(firstSuccessMs) - 3000);
  expect(rtoMs).toBeGreaterThan(1900);
  expect(rtoMs).toBeLessThan(3300);
});
