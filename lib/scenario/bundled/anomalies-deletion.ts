import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { get, op, put } from "./steps";

/** Frankfurt sleeps through a deletion and comes back at `healMs`. */
const deletion = (healMs: number): Omit<ScenarioInput, "name" | "cluster"> => ({
  durationMs: 50_000,
  sites: ["mumbai", "pune", "frankfurt"],
  timeline: [
    put(1000, "alice", "mumbai", "x", "undead"),
    { atMs: 5000, do: "partition", groups: [["frankfurt"]] },
    op(10_000, "alice", "mumbai", { f: "delete", key: "x" }),
    { atMs: healMs, do: "heal" },
    get(48_000, "bob", "pune", "x"),
  ],
});
const graced = { hintMs: 5000, antiEntropyMs: 1000, tombstoneMs: 30_000 } as const;

/** What comes of forgetting deletions, with quorums and where every site writes: A9 of the catalogue. */
export const deletionAnomalies: readonly BundledScenario[] = [
  {
    id: "a9-resurrected",
    scenario: {
      name: "A9 Deleted, forgotten, and back again: the tombstone was gone before the site returned",
      ...deletion(41_000),
      cluster: { mode: "quorum", repair: graced },
      expect: [
        { key: "x", everywhere: "undead" },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a9-prevented",
    scenario: {
      name: "A9 prevented: the site is back within the grace of the tombstone",
      ...deletion(30_000),
      cluster: { mode: "quorum", repair: graced },
      expect: [
        { key: "x", everywhere: null },
        { metric: "lostWrites", equals: 0 },
        { metric: "staleReads", equals: 0 },
      ],
    },
  },
  {
    id: "a9-prevented-by-stability",
    scenario: {
      name: "A9 prevented: a deletion is remembered until every site has seen it",
      ...deletion(41_000),
      cluster: { mode: "quorum", repair: { ...graced, tombstoneMs: "stable" } },
      expect: [
        { key: "x", everywhere: null },
        { metric: "lostWrites", equals: 0 },
        { metric: "staleReads", equals: 0 },
      ],
    },
  },
  {
    id: "a9-active-active-resurrected",
    scenario: {
      name: "A9 Couchbase XDCR: cut off for longer than the purge interval, a site brings a deleted document back",
      ...deletion(42_000),
      cluster: { preset: "couchbase-xdcr" },
      expect: [
        { key: "x", everywhere: "undead" },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a9-active-active-prevented",
    scenario: {
      name: "A9 prevented: the site is back within the purge interval and hears of the deletion",
      ...deletion(30_000),
      cluster: { preset: "couchbase-xdcr" },
      expect: [
        { key: "x", everywhere: null },
        { metric: "lostWrites", equals: 0 },
        { metric: "staleReads", equals: 0 },
      ],
    },
  },
  {
    id: "a9-active-active-prevented-by-stability",
    scenario: {
      name: "A9 prevented: no site forgets a deletion before every site has seen it",
      ...deletion(42_000),
      cluster: { preset: "couchbase-xdcr", repair: { tombstoneMs: "stable" } },
      expect: [
        { key: "x", everywhere: null },
        { metric: "lostWrites", equals: 0 },
        { metric: "staleReads", equals: 0 },
      ],
    },
  },
];
