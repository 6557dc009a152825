import fc from "fast-check";
import { expect, test } from "vitest";
import { type FaultState, faultStateSchema, healthyLink, noFaults } from "../../../lib/protocol/faults";
import type { NodeId, SiteId } from "../../../lib/protocol/ids";
import { verbSchema } from "../../../lib/protocol/verb";
import {
  isFaultVerb,
  isSevered,
  linkCondition,
  reduceFaults,
  siteCondition,
} from "../../../lib/scenario/fault-reducer";

const [mumbai, pune, delhi, osaka] = ["mumbai", "pune", "delhi", "osaka"] as SiteId[] as [
  SiteId,
  SiteId,
  SiteId,
  SiteId,
];
const sites = [mumbai, pune, delhi, osaka];

function after(...verbs: unknown[]): FaultState {
  return verbs.reduce<FaultState>((faults, raw) => {
    const verb = verbSchema.parse(raw);
    if (!isFaultVerb(verb)) throw new Error("not a fault");
    return reduceFaults(faults, verb, sites);
  }, noFaults);
}

test("a partition silences every link between its groups and none inside them", () => {
  const faults = after({ do: "partition", groups: [["mumbai"], ["pune", "delhi"]] });
  expect(isSevered(faults, mumbai, pune)).toBe(true);
  expect(isSevered(faults, pune, mumbai)).toBe(true);
  expect(isSevered(faults, pune, delhi)).toBe(false);
});

test("sites that a partition does not name form one further group; coordinator and edge keep their links", () => {
  const faults = after({ do: "partition", groups: [["mumbai", "pune"]] });
  expect(isSevered(faults, delhi, osaka)).toBe(false);
  expect(isSevered(faults, mumbai, osaka)).toBe(true);
  for (const site of sites)
    for (const outsider of ["coordinator", "edge"] as const)
      expect(isSevered(faults, site, outsider) || isSevered(faults, outsider, site)).toBe(false);
});

test("a coordinator that is named belongs to its group", () => {
  const faults = after({ do: "partition", groups: [["mumbai", "coordinator"], ["pune"]] });
  expect(isSevered(faults, mumbai, "coordinator")).toBe(false);
  expect(isSevered(faults, "coordinator", pune)).toBe(true);
  expect(isSevered(faults, osaka, "coordinator")).toBe(true);
});

test("a cut is one-way when asked, pull is both ways, and mend does not plug", () => {
  const faults = after(
    { do: "cut", from: "mumbai", to: "pune", oneWay: true },
    { do: "pull", from: "delhi", to: "osaka" },
    { do: "mend", from: "delhi", to: "osaka" },
  );
  expect(isSevered(faults, mumbai, pune)).toBe(true);
  expect(isSevered(faults, pune, mumbai)).toBe(false);
  expect(linkCondition(faults, osaka, delhi).pulled).toBe(true);
});

test("heal restores every link, and leaves clocks and pauses alone", () => {
  const faults = after(
    { do: "isolate", site: "mumbai" },
    { do: "link", from: "pune", to: "delhi", delayMs: 80, lossPct: 5 },
    { do: "clock", site: "pune", skewMs: -4000 },
    { do: "clock", site: "pune", jumpMs: 500 },
    { do: "pause", site: "osaka" },
    { do: "heal" },
  );
  expect(faults.links).toEqual([]);
  expect(siteCondition(faults, pune).skewMs).toBe(-3500);
  expect(siteCondition(faults, osaka).paused).toBe(true);
  expect(faults.version).toBe(6);
});

test("a link's conditions change one by one, and a link back in order leaves the list", () => {
  const slow = after({ do: "link", from: "mumbai", to: "pune", delayMs: 80 });
  const both = reduceFaults(
    slow,
    verbSchema.parse({ do: "cut", from: "mumbai", to: "pune" }) as never,
    sites,
  );
  expect(linkCondition(both, mumbai, pune)).toEqual({ ...healthyLink, delayMs: 80, cut: true });
  const mended = after({ do: "cut", from: "mumbai", to: "pune" }, { do: "mend", from: "mumbai", to: "pune" });
  expect(mended.links).toEqual([]);
});

test("heal goes back to the scenario's own network, not to a perfect one", () => {
  const base = (from: NodeId, to: NodeId) =>
    [from, to].some((node) => node === "edge" || node === "coordinator")
      ? healthyLink
      : { ...healthyLink, delayMs: 50 };
  const healed = reduceFaults(noFaults, { do: "heal" }, sites, base);
  expect(linkCondition(healed, mumbai, pune).delayMs).toBe(50);
  expect(linkCondition(healed, mumbai, "edge")).toEqual(healthyLink);
});

test("whatever verbs come, the state stays within its schema and heal always reconnects everybody", () => {
  const node = fc.constantFrom("mumbai", "pune", "delhi", "osaka", "coordinator", "edge");
  const site = fc.constantFrom("mumbai", "pune", "delhi", "osaka");
  const verb = fc.oneof(
    fc.record({ do: fc.constantFrom("cut", "mend"), from: node, to: node, oneWay: fc.boolean() }),
    fc.record({ do: fc.constantFrom("pull", "plug"), from: node, to: node }),
    fc.record({ do: fc.constantFrom("isolate", "pause", "resume"), site }),
    fc.record({
      do: fc.constant("partition"),
      groups: fc.array(fc.array(node, { minLength: 1 }), { minLength: 1, maxLength: 5 }),
    }),
    fc.record({ do: fc.constant("clock"), site, jumpMs: fc.integer({ min: -86_400_000, max: 86_400_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 30 }), (verbs) => {
      const faults = after(...verbs);
      expect(faultStateSchema.safeParse(faults).success).toBe(true);
      expect(faults.links.every((link) => link.from !== link.to)).toBe(true);
      expect(reduceFaults(faults, { do: "heal" }, sites).links).toEqual([]);
    }),
  );
});

test("a slow disk and a slow replica are conditions of their site, and go as they came", () => {
  const slow = after(
    { do: "disk", site: "pune", delayMs: 300 },
    { do: "apply", site: "pune", opsPerSec: 5 },
    { do: "heal" },
  );
  expect(siteCondition(slow, pune)).toMatchObject({ diskDelayMs: 300, applyPerSec: 5, paused: false });
  const well = [
    { do: "disk", site: "pune", delayMs: 0 },
    { do: "apply", site: "pune", opsPerSec: null },
  ].reduce((faults, verb) => reduceFaults(faults, verbSchema.parse(verb) as never, sites), slow);
  expect(well.sites).toEqual([]);
});
