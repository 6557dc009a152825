import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { get, op, put, type Step } from "./steps";

type Schedule = Omit<ScenarioInput, "name" | "cluster">;
type Merge = NonNullable<NonNullable<ScenarioInput["cluster"]>["merge"]>;

const active = (merge: Merge) => ({ mode: "active-active", merge }) as const;
const sites = ["mumbai", "virginia"];
const apart: Step = { atMs: 2000, do: "partition", groups: [["mumbai"], ["virginia"]] };
const together: Step = { atMs: 8000, do: "heal" };
const increment = (atMs: number, session: string, site: string, key: string, by = 1) =>
  op(atMs, session, site, { f: "increment", key, by });
const reserve = (atMs: number, session: string, site: string, key: string) =>
  op(atMs, session, site, { f: "reserve", key, amount: 1 });

/** Both sides of a cut count one more. */
const lostUpdate: Schedule = {
  durationMs: 12_000,
  sites,
  timeline: [apart, increment(3000, "a", "mumbai", "x"), increment(3005, "b", "virginia", "x"), together],
};

/** Virginia's clock is two seconds fast; Mumbai reads its write and replaces it. */
const skew: Schedule = {
  durationMs: 8000,
  sites,
  timeline: [
    { atMs: 500, do: "clock", site: "virginia", skewMs: 2000 },
    put(1000, "us", "virginia", "price", "US"),
    get(2000, "india", "mumbai", "price"),
    put(2100, "india", "mumbai", "price", "India"),
  ],
};

/** Two shoppers fill one cart without having read it; then one of them reads it and settles it. */
const cart: Schedule = {
  durationMs: 12_000,
  sites,
  timeline: [
    apart,
    put(3000, "a", "mumbai", "cart", "milk"),
    put(3100, "b", "virginia", "cart", "tea"),
    together,
    get(9000, "a", "mumbai", "cart"),
    put(9500, "a", "mumbai", "cart", "milk and tea"),
  ],
};

/** One site: v1, read; v2 by somebody who has read nothing; v3 by the reader of v1. */
const falseSibling: Schedule = {
  durationMs: 6000,
  sites,
  timeline: [
    put(1000, "a", "mumbai", "x", "v1"),
    get(1500, "b", "mumbai", "x"),
    put(2000, "c", "mumbai", "x", "v2"),
    put(2500, "b", "mumbai", "x", "v3"),
  ],
};

/** One piece in stock, and a buyer on each side of a cut. */
const oversell: Schedule = {
  durationMs: 14_000,
  sites,
  timeline: [
    increment(1000, "shop", "mumbai", "stock"),
    apart,
    reserve(4000, "a", "mumbai", "stock"),
    reserve(4100, "b", "virginia", "stock"),
    together,
  ],
};

/** A site with a clock two seconds fast deletes; another writes anew a moment later. */
const futureTombstone: Schedule = {
  durationMs: 8000,
  sites,
  timeline: [
    { atMs: 100, do: "clock", site: "virginia", skewMs: 2000 },
    put(500, "a", "mumbai", "x", "old"),
    op(1000, "us", "virginia", { f: "delete", key: "x" }),
    put(1500, "india", "mumbai", "x", "new"),
  ],
};

/** What many writers do to each other's writes, and the rules that prevent it: A6 to A10 and A24 of the catalogue. */
export const mergingAnomalies: readonly BundledScenario[] = [
  {
    id: "a6-lww-lost-update",
    scenario: {
      name: "A6 Two count one more, and one is counted: last write wins",
      ...lostUpdate,
      cluster: active("lww"),
      expect: [
        { key: "x", everywhere: 1 },
        { metric: "lostWrites", equals: 1 },
        { check: "lost-update", verdict: "violated" },
      ],
    },
  },
  {
    id: "a6-prevented",
    scenario: {
      name: "A6 prevented: a counter that merges",
      ...lostUpdate,
      cluster: active("crdt"),
      expect: [
        { key: "x", everywhere: 2 },
        { metric: "lostWrites", equals: 0 },
        { check: "lost-update", verdict: "holds" },
      ],
    },
  },
  {
    id: "a6-prevented-by-siblings",
    scenario: {
      name: "A6 prevented: both counts are kept, and somebody must settle them",
      ...lostUpdate,
      cluster: active("siblings"),
      expect: [
        { key: "x", everywhere: { siblings: [1, 1] } },
        { metric: "lostWrites", equals: 0 },
        { check: "lost-update", verdict: "holds" },
      ],
    },
  },
  {
    id: "a7-clock-skew",
    scenario: {
      name: "A7 A later write loses to the one it had read: a clock was two seconds fast",
      ...skew,
      cluster: active("lww"),
      expect: [
        { key: "price", everywhere: "US" },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a7-prevented",
    scenario: {
      name: "A7 prevented: a hybrid clock is never behind what it has read",
      ...skew,
      cluster: active("lww-hlc"),
      expect: [
        { key: "price", everywhere: "India" },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "a8-siblings",
    scenario: {
      name: "A8 Two values side by side, until somebody has read both and writes one",
      ...cart,
      cluster: active("siblings"),
      expect: [
        { key: "cart", everywhere: "milk and tea" },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "a8-settled-by-hand",
    scenario: {
      name: "A8 Two values side by side, settled by hand",
      ...cart,
      timeline: [
        ...(cart.timeline ?? []).slice(0, 4),
        { atMs: 9000, do: "resolve", site: "virginia", key: "cart", value: "tea and milk" },
      ],
      cluster: active("siblings"),
      expect: [
        { key: "cart", everywhere: "tea and milk" },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "a8-false-sibling",
    scenario: {
      name: "A8 A false sibling: one vector for the whole key cannot tell what was read",
      ...falseSibling,
      cluster: active("siblings-vv"),
      expect: [{ key: "x", everywhere: { siblings: ["v1", "v2", "v3"] } }],
    },
  },
  {
    id: "a8-prevented",
    scenario: {
      name: "A8 prevented: every value has a dot of its own",
      ...falseSibling,
      cluster: active("siblings"),
      expect: [{ key: "x", everywhere: { siblings: ["v2", "v3"] } }],
    },
  },
  {
    id: "a10-oversell-lww",
    scenario: {
      name: "A10 Sold twice, and nobody can see it: last write wins",
      ...oversell,
      cluster: active("lww"),
      expect: [
        { key: "stock", everywhere: 0 },
        { metric: "lostWrites", equals: 1 },
        { metric: "availabilityWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a10-oversell-counter",
    scenario: {
      name: "A10 Sold twice, and the counter says minus one",
      ...oversell,
      cluster: active("crdt"),
      expect: [
        { key: "stock", everywhere: -1 },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "a10-prevented",
    scenario: {
      name: "A10 prevented: each site sells what it holds rights to, and the other one is refused",
      ...oversell,
      cluster: active("bounded"),
      expect: [
        { key: "stock", everywhere: 0 },
        { metric: "lostWrites", equals: 0 },
        { metric: "availabilityWrites", atMost: 0.7 },
      ],
    },
  },
  {
    id: "a24-future-tombstone",
    scenario: {
      name: "A24 A deletion from the future hides what is written after it",
      ...futureTombstone,
      cluster: active("lww"),
      expect: [
        { key: "x", everywhere: null },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a24-prevented",
    scenario: {
      name: "A24 prevented: a hybrid clock follows the deletion it has seen",
      ...futureTombstone,
      cluster: active("lww-hlc"),
      expect: [
        { key: "x", everywhere: "new" },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
];
