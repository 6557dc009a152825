import { expect, test } from "vitest";
import { planOf } from "../../../lib/scenario/plan";
import type { ScenarioInput } from "../../../lib/scenario/schema";
import { runPlan } from "../../../lib/sim/run";

const put = (atMs: number, session: string, site: string, value: string) =>
  ({ atMs, do: "op", session, site, op: { f: "put", key: "x", value } }) as const;
const get = (atMs: number, session: string, site: string) =>
  ({ atMs, do: "op", session, site, op: { f: "get", key: "x" } }) as const;

/** Virginia's clock is two seconds fast from the start. */
function run(maxOffsetMs: number | null, timeline: NonNullable<ScenarioInput["timeline"]>) {
  const plan = planOf({
    ...{ name: "offset", durationMs: 12_000, sites: ["mumbai", "virginia", "lima"] },
    cluster: { mode: "active-active", merge: "lww-hlc", lww: { maxOffsetMs } },
    timeline: [{ atMs: 100, do: "clock", site: "virginia", skewMs: 2000 }, ...timeline],
  });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value);
}

test("[M64] a write from the future is held back until the clock here has come near, and then all agree", () => {
  const timeline = [put(150, "us", "virginia", "US"), get(1000, "a", "mumbai"), get(3500, "a", "mumbai")];
  const { report, events } = run(500, timeline);
  expect(report.ops.map(({ value }) => value)).toEqual([null, null, "US"]);
  expect(Object.values(report.final).map(({ keys }) => keys.x)).toEqual(["US", "US", "US"]);
  expect(report.ledger).toMatchObject({ surviving: 1, erased: 0, unaccounted: 0 });
  const notes = events.flatMap((event) =>
    event.kind === "note" && event.site === "mumbai" ? [event.text] : [],
  );
  expect(notes.find((text) => text.startsWith("Holds us:1 back"))).toContain("at most 0.5 s are allowed");
});

test("[M64] a site that the others call too fast refuses its writes, and takes them again with a right clock", () => {
  const { report } = run(500, [
    put(5000, "us", "virginia", "refused"),
    put(5000, "india", "mumbai", "fine"),
    { atMs: 6000, do: "clock", site: "virginia", skewMs: 0 },
    put(11_000, "us", "virginia", "again"),
  ]);
  expect(report.ops.map(({ status, error }) => [status, error])).toEqual([
    ["fail", "CLOCK_AHEAD"],
    ["ok", null],
    ["ok", null],
  ]);
  expect(report.final.lima?.keys.x).toBe("again");
});

test("[M64] without a limit the fast clock wins, and draws the others after it", () => {
  const { report } = run(null, [put(5000, "us", "virginia", "US"), put(5010, "india", "mumbai", "India")]);
  expect(report.ops.map(({ status }) => status)).toEqual(["ok", "ok"]);
  expect(report.final.lima?.keys.x).toBe("US");
});
