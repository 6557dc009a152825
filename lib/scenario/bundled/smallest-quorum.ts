import type { BundledScenario } from "./bundled-scenario";
import { smallest } from "./smallest";
import { get, op, put } from "./steps";

/** What `npm run sim:smallest` found for the violable cells of these modes. */
export const quorumCells: readonly BundledScenario[] = [
  smallest("quorum-r-w-n-not-available", "quorum R+W>N", "available", {
    seed: 2,
    cluster: { mode: "quorum" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 4000,
    timeline: [
      put(3000, "s1", "pune", "x", "s1-13"),
      { atMs: 3000, do: "crash", site: "pune", disk: "kept" },
    ],
  }),
  smallest("quorum-r-w-n-not-linearizable", "quorum R+W>N", "linearizable", {
    seed: 17,
    cluster: { mode: "quorum" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 1000,
    timeline: [
      op(0, "s0", "mumbai", { f: "cas", key: "y", from: null, to: "s0-1" }),
      op(0, "s1", "pune", { f: "cas", key: "y", from: null, to: "s1-1" }),
    ],
  }),
  smallest("quorum-r-w-n-not-regular", "quorum R+W>N", "regular", {
    seed: 2,
    cluster: { mode: "quorum", quorum: { r: 1, w: 1 } },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 1000,
    network: { delayMs: 50, jitterMs: 0, lossPct: 0 },
    timeline: [
      put(0, "s3", "route", "x", "s3-2"),
      put(500, "s3", "route", "x", "s3-8"),
      get(530, "s1", "pune", "x"),
    ],
  }),
  smallest("quorum-r-w-n-not-regular-2", "quorum R+W>N", "regular", {
    seed: 206,
    cluster: { mode: "quorum", quorum: { sloppy: true } },
    sites: ["mumbai", "pune", "frankfurt", "london"],
    durationMs: 5000,
    timeline: [
      { atMs: 1000, do: "cut", from: "pune", to: "london" },
      { atMs: 1000, do: "cut", from: "pune", to: "mumbai" },
      put(4000, "s1", "pune", "y", "s1-41"),
      put(4200, "s1", "pune", "y", "s1-48"),
      get(4500, "s0", "mumbai", "y"),
    ],
  }),
  smallest("quorum-r-w-n-not-regular-3", "quorum R+W>N", "regular", {
    seed: 84,
    cluster: { mode: "quorum" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 6000,
    timeline: [
      { atMs: 1000, do: "clock", site: "frankfurt", skewMs: 3760 },
      op(3000, "s2", "frankfurt", { f: "delete", key: "y" }),
      put(4800, "s1", "pune", "y", "s1-13"),
      get(5200, "s1", "pune", "y"),
    ],
    // The deletion's clock is ahead, so what the read misses is lost as well; a loss is no staleness.
    expect: [{ metric: "lostWrites", atLeast: 1 }],
  }),
  smallest("quorum-r-w-n-not-none-silently-lost", "quorum R+W>N", "none-silently-lost", {
    seed: 1,
    cluster: { mode: "quorum" },
    sites: ["pune", "frankfurt", "london"],
    durationMs: 1000,
    timeline: [put(0, "s1", "pune", "y", "s1-1"), put(0, "s3", "london", "y", "s3-1")],
  }),
  smallest("quorum-r-w-n-every-type-not-lost-update", "quorum R+W>N, every type", "lost-update", {
    seed: 6,
    cluster: { mode: "quorum", quorum: { sloppy: true }, repair: { readRepair: "async" } },
    sites: ["mumbai", "pune"],
    durationMs: 1000,
    timeline: [
      op(0, "s1", "mumbai", { f: "add", key: "set", value: "s1-2" }),
      op(0, "s1", "pune", { f: "add", key: "set", value: "s1-3" }),
    ],
  }),
  smallest("quorum-siblings-not-linearizable", "quorum siblings", "linearizable", {
    seed: 2,
    cluster: { preset: "riak", quorum: { n: 3, r: 2, w: 2, sloppy: true } },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 2000,
    timeline: [
      op(1000, "s0", "mumbai", { f: "increment", key: "n", by: 1 }),
      op(1000, "s0", "mumbai", { f: "increment", key: "n", by: 1 }),
    ],
  }),
  smallest("quorum-with-sessions-not-read-your-writes", "quorum with sessions", "read-your-writes", {
    seed: 2,
    cluster: { mode: "quorum", quorum: { r: 1, w: 1 }, route: "round-robin", session: [] },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 1000,
    network: { delayMs: 160, jitterMs: 0, lossPct: 0 },
    timeline: [put(0, "s3", "route", "x", "s3-2"), get(100, "s3", "route", "x")],
  }),
  smallest("quorum-with-sessions-not-monotonic-reads", "quorum with sessions", "monotonic-reads", {
    seed: 3,
    cluster: { mode: "quorum", quorum: { r: 1, w: 1 }, route: "round-robin", session: [] },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 4000,
    timeline: [
      op(0, "s1", "pune", { f: "cas", key: "y", from: null, to: "s1-1" }),
      op(1000, "s1", "pune", { f: "cas", key: "y", from: "s1-1", to: "s1-2" }),
      { atMs: 1000, do: "cut", from: "mumbai", to: "frankfurt" },
      { atMs: 1000, do: "cut", from: "mumbai", to: "pune" },
      get(2000, "s0", "pune", "y"),
      get(3000, "s0", "mumbai", "y"),
    ],
  }),
];
