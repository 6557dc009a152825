import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { op, writes } from "./steps";

const sites = ["mumbai", "pune", "frankfurt"];
const five = ["mumbai", "pune", "frankfurt", "lagos", "lima"];
type Schedule = Omit<ScenarioInput, "name" | "cluster">;

const lostReply: Schedule = {
  durationMs: 15_000,
  timeoutMs: 3000,
  sites,
  timeline: [
    { atMs: 2000, do: "cut", from: "mumbai", to: "edge", oneWay: true },
    op(2010, "alice", "route", { f: "increment", key: "sold", by: 1 }),
    { atMs: 4000, do: "heal" },
  ],
};

const movedPrimary: Schedule = {
  durationMs: 40_000,
  sites,
  traffic: [writes("c1", "route", "x", 200, 0, 40_000)],
  timeline: [
    { atMs: 5000, do: "crash", site: "mumbai" },
    { atMs: 9500, do: "restart", site: "mumbai" },
  ],
};

const storeLost: Schedule = {
  durationMs: 40_000,
  sites: five,
  traffic: [writes("c1", "mumbai", "x", 200, 0, 40_000)],
  timeline: [
    { atMs: 10_000, do: "cut", from: "lagos", to: "coordinator" },
    { atMs: 10_000, do: "cut", from: "lima", to: "coordinator" },
  ],
};

/** What happens between a client and its cluster: A21, A22 and A23 of the catalogue. */
export const clientAnomalies: readonly BundledScenario[] = [
  {
    id: "a21-duplicate",
    scenario: {
      name: "A21 A duplicate: the answer was lost, and the client did it again",
      ...lostReply,
      timeline: [
        ...(lostReply.timeline ?? []),
        op(8000, "alice", "route", { f: "increment", key: "sold", by: 1 }),
      ],
      cluster: { preset: "postgres-async" },
      expect: [
        { metric: "unknownOps", equals: 1 },
        { key: "sold", everywhere: 2 },
      ],
    },
  },
  {
    id: "a21-prevented",
    scenario: {
      name: "A21 prevented: a retry has the same id, and the log knows it",
      ...lostReply,
      retry: true,
      cluster: { preset: "postgres-async" },
      expect: [{ key: "sold", everywhere: 1 }],
    },
  },
  {
    id: "a22-stale-route",
    scenario: {
      name: "A22 A stale route: the name still points at the old primary",
      ...movedPrimary,
      cluster: { preset: "postgres-async", writeAt: "reject", route: { dnsTtlMs: 25_000 } },
      expect: [
        { metric: "failovers", equals: 1 },
        { metric: "availabilityWrites", atMost: 0.6 },
      ],
    },
  },
  {
    id: "a22-prevented",
    scenario: {
      name: "A22 prevented: the address moves with the primary",
      ...movedPrimary,
      cluster: { preset: "postgres-async", writeAt: "reject", route: "primary" },
      expect: [
        { metric: "failovers", equals: 1 },
        { metric: "availabilityWrites", atLeast: 0.85 },
      ],
    },
  },
  {
    id: "a23-store-minority",
    scenario: {
      name: "A23 A healthy primary stops: the store of its lease has lost its majority",
      ...storeLost,
      cluster: { preset: "postgres-async", store: { members: ["frankfurt", "lagos", "lima"] } },
      expect: [
        { metric: "failovers", equals: 0 },
        { metric: "availabilityWrites", atMost: 0.5 },
      ],
    },
  },
  {
    id: "a23-prevented",
    scenario: {
      name: "A23 prevented: every member confirms the primary, so it may stay without the store",
      ...storeLost,
      cluster: {
        preset: "postgres-async",
        store: { members: ["frankfurt", "lagos", "lima"], failsafe: true },
      },
      expect: [{ metric: "availabilityWrites", atLeast: 0.95 }],
    },
  },
];
