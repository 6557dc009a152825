import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";

type Expect = NonNullable<ScenarioInput["expect"]>[number];
type Shown = { readonly says: string; readonly expect: Expect };

const violated = (check: Extract<Expect, { check: string }>["check"]): Expect => ({
  check,
  verdict: "violated",
});

/** Everything that a simulation must find broken somewhere: how people call it, and what states it. */
export const demonstrations = {
  available: { says: "not every write is served", expect: { metric: "availabilityWrites", atMost: 0.999 } },
  "no-acked-loss": {
    says: "an acknowledged write is lost",
    expect: { metric: "lostWrites", atLeast: 1 },
  },
  "none-silently-lost": {
    says: "an acknowledged write is overwritten unseen",
    expect: { metric: "silentConflicts", atLeast: 1 },
  },
  "none-resurrected": {
    says: "a deleted value is back",
    expect: { metric: "lostWrites", atLeast: 1 },
  },
  "split-brain": { says: "two primaries acknowledge writes", expect: violated("split-brain") },
  "election-safety": {
    says: "two sites reign in one epoch",
    expect: { metric: "lostWrites", atLeast: 1 },
  },
  "log-matching": {
    says: "one position holds two writes",
    expect: { metric: "lostWrites", atLeast: 1 },
  },
  regular: {
    says: "a read misses what was acknowledged before it",
    expect: { metric: "staleReads", atLeast: 1 },
  },
  convergence: { says: "the sites do not come to the same data", expect: violated("convergence") },
  linearizable: { says: "reads and writes have no one order", expect: violated("linearizable") },
  causal: { says: "an effect is seen before its cause", expect: violated("causal") },
  "lost-update": { says: "one of two changes is gone", expect: violated("lost-update") },
  "read-your-writes": { says: "a session misses its own write", expect: violated("read-your-writes") },
  "monotonic-reads": { says: "a session goes back in time", expect: violated("monotonic-reads") },
  "monotonic-writes": {
    says: "writes of a session are seen out of order",
    expect: violated("monotonic-writes"),
  },
  "writes-follow-reads": {
    says: "a write is seen without what it answers",
    expect: violated("writes-follow-reads"),
  },
} as const satisfies Readonly<Record<string, Shown>>;
export type Demonstration = keyof typeof demonstrations;

/** The network of a scenario that needs no particular one. */
export const fastNetwork = { delayMs: 1, jitterMs: 0, lossPct: 0 } as const;

/** What shrinking has left of one seed; that seed is kept with it. `expect`: where it shows in another figure. */
export type Smallest = Pick<ScenarioInput, "cluster" | "sites" | "durationMs"> &
  Partial<Pick<ScenarioInput, "network" | "traffic" | "timeline" | "expect">> & { readonly seed: number };

/** The smallest scenario found that shows `what` of a kind of cluster. */
export function smallest(id: string, of: string, what: Demonstration, found: Smallest): BundledScenario {
  const { says, expect } = demonstrations[what];
  const name = `The smallest seed: ${of}, ${says}`;
  const world = { settleMs: 30_000, timeoutMs: 2000, network: fastNetwork } as const;
  return { id, scenario: { name, ...world, expect: [expect], ...found } };
}
