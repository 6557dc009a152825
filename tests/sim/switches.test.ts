import { expect, test } from "vitest";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import { planOf } from "../../lib/scenario/plan";
import type { Property } from "../../lib/sim/invariants";
import { type Run, runPlan } from "../../lib/sim/run";
import { judgeScenario } from "../../lib/sim/soak";
import type { FaultKind } from "../../lib/sim/swarm/faults";
import { shapeNames } from "../../lib/sim/swarm/shapes";
import { brokenPromise, switchesOf, switchScenario } from "./switches";

const network: readonly FaultKind[] = [...shapeNames, "flaky", "swizzle", "weather", "clog", "pull"];
const everything: readonly FaultKind[] = [
  ...network,
  ...(["crash", "pause", "skew", "jump", "drift", "slow-disk", "promote"] as const),
];
/** What loses no acknowledged write while disks last and clocks are right. */
const lossless = [
  "postgres-sync",
  "postgres-quorum-commit",
  "rds-multi-az-cluster",
  "etcd-raft",
  "mongodb-replica-set",
  "mysql-group-replication",
];

/** Runs the chains of presets of some seeds; every run is held against what an orderly change promises. */
function chains(
  seeds: readonly number[],
  properties: readonly Property[],
  scenarioOf: (seed: number) => ReturnType<typeof switchScenario>,
): { readonly broken: readonly string[]; readonly made: number } {
  const broken: string[] = [];
  let made = 0;
  for (const seed of seeds) {
    const { run, violations } = judgeScenario(scenarioOf(seed), properties);
    const apart = isLeftApart(run);
    const found = violations.filter(({ property }) => !apart || property === "accounted");
    const promise = run.report.config.mode === "single" ? null : brokenPromise(run);
    for (const what of [...found.map(({ what }) => what), ...(promise === null ? [] : [promise])]) {
      broken.push(`seed ${seed}: ${what}`);
    }
    made += switchesOf(run.events).length;
  }
  return { broken, made };
}

/** True where some copies are kept apart on purpose. */
function isLeftApart({ report: { config } }: Run): boolean {
  // A site outside a cluster of one is a spare; with `follow` a log that has parted waits for the operator.
  return config.mode === "single" || (config.mode === "active-passive" && config.rejoin === "follow");
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

const whole: readonly Property[] = ["accounted", "settles", "convergence"];
const losesNothing: readonly Property[] = [...whole, "no-acked-loss", "log-matching"];
const amongLossless = (seed: number) =>
  switchScenario(seed, [...network, "crash", "pause", "slow-disk"], ({ name }) => lossless.includes(name));

test("[C102] [C104] whatever goes wrong, a pod that is switched from preset to preset loses count of nothing, and its epochs only rise", () => {
  const { broken, made } = chains(range(1, 8), whole, (seed) => switchScenario(seed, everything));
  expect(broken).toEqual([]);
  expect(made).toBeGreaterThan(30);
});

test("[C102] [C103] between presets that lose nothing no switch does", () => {
  const { broken, made } = chains(range(1, 12), losesNothing, amongLossless);
  expect(broken).toEqual([]);
  expect(made).toBeGreaterThan(40);
});

test.each([
  ["[E72] a write that an earlier generation may have carried out is not carried out again", 122],
  ["[C62] a majority's data is given by the furthest of a majority, whoever is primary", 237],
  ["[E17] a site that heard of the epoch before the view says the change when the view comes", 87],
  ["[E17] a site that crashed while it copied says the change when it has come back", 365],
])("%s (chain %i)", (_, seed) => {
  expect(chains([seed], losesNothing, amongLossless).broken).toEqual([]);
});

test("[E168] what a site has kept for another is settled by a newer version too (chain 1474)", () => {
  expect(chains([1474], whole, (seed) => switchScenario(seed, everything)).broken).toEqual([]);
});

/** Five sites 40 ms apart, with a client at each and one of the world; after three seconds `after` is put in force. */
function changed(before: ClusterPatch, after: ClusterPatch): Run {
  const sites = ["mumbai", "pune", "frankfurt", "london", "lagos"];
  const plan = planOf({
    name: "one change",
    durationMs: 6500,
    settleMs: 30_000,
    timeoutMs: 2000,
    sites,
    cluster: before,
    network: { delayMs: 40 },
    traffic: [...sites, "route" as const].map((site, i) => ({
      ...{ session: `s${i}`, site, everyMs: 150, mix: { put: 1 }, keys: [`k${i}`] },
    })),
    timeline: [{ atMs: 3000, do: "configure", cluster: after }],
  });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value);
}

/** The longest time without a success of the world's client, from just before the change on. */
function outageMs({ report: { ops } }: Run): number {
  const done = ops.flatMap(({ session, status, retMs }) =>
    session === "s5" && status === "ok" && retMs !== null && retMs > 2900 ? [retMs] : [],
  );
  return Math.max(...done.sort((a, b) => a - b).map((ms, i) => ms - (done[i - 1] ?? ms)));
}

const changes: readonly (readonly [string, ClusterPatch, ClusterPatch])[] = [
  ["the coordinator", { preset: "postgres-sync" }, { preset: "rds-multi-az-cluster" }],
  ["the coordinator, to one site alone", { preset: "postgres-sync" }, { preset: "single" }],
  ["the coordinator, where every site writes", { preset: "yjs" }, { preset: "couchdb" }],
  [
    "the coordinator, in quorums",
    { preset: "cassandra-one" },
    { preset: "cassandra-one", quorum: { r: 2, w: 2 } },
  ],
  ["the votes of Raft", { preset: "etcd-raft" }, { preset: "mongodb-replica-set" }],
  ["the votes that order all writes", { preset: "galera" }, { preset: "galera", raft: { preVote: false } }],
  [
    "the votes of the monitors",
    { preset: "redis-sentinel" },
    { preset: "redis-sentinel", monitors: { count: 5, quorum: 3 } },
  ],
  [
    "the peer that advertises itself",
    { preset: "keepalived-pair" },
    { preset: "keepalived-pair", failback: "manual" },
  ],
];

/** A change by name, or by its axes. */
const said = /^(Switched|Changed) [^.:]+/;

test.each(changes)(
  "[C102] [E13] [E17] [E125] [E146] [E151] a new epoch by %s: soon, said by all, with nothing copied",
  (_, before, after) => {
    const run = changed(before, after);
    const [change] = switchesOf(run.events, said);
    expect(change).toBeDefined();
    expect(run.events.filter(({ atMs }) => atMs > 5000).filter(({ kind }) => kind === "view")).toEqual([]);
    expect(run.events.some((event) => event.kind === "role" && event.role === "rebuilding")).toBe(false);
    expect(outageMs(run)).toBeLessThan(400);
    expect(run.report.ops.filter(({ status }) => status === "unknown")).toEqual([]);
    expect(run.report.ledger).toMatchObject({ unaccounted: 0, erased: 0 });
    expect(brokenPromise(run, said)).toBeNull();
  },
);
