import { expect, test } from "vitest";
import type { ClusterPatch } from "../../../lib/protocol/cluster";
import { clusterPatchSchema } from "../../../lib/protocol/cluster";
import { siteIdSchema } from "../../../lib/protocol/ids";
import { resolveCluster } from "../../../lib/scenario/cluster";
import { unfitFor } from "../../../lib/scenario/combinations";
import { planOf } from "../../../lib/scenario/plan";

function refusal(patch: unknown): readonly [path: string, expected: string] | null {
  const result = resolveCluster(clusterPatchSchema.parse(patch));
  return result.ok ? null : [result.error.path, result.error.expected];
}

const refused: readonly (readonly [ClusterPatch, path: string, why: RegExp])[] = [
  [{ mode: "single", ack: "sync" }, "$.ack", /no replica to wait for/],
  [{ mode: "active-active", ack: "semi" }, "$.ack", /acknowledges alone/],
  [{ mode: "consensus", ack: "remote-apply" }, "$.ack", /a majority acknowledges/],
  [{ mode: "active-passive", failover: "raft" }, "$.failover", /its own log/],
  [{ mode: "consensus", failover: "lease" }, "$.failover", /the same votes/],
  [{ mode: "active-passive", failover: "votes", fencing: ["lease-request"] }, "$.fencing", /nobody to grant/],
  [{ mode: "active-passive", failover: "peer", fencing: ["stonith"] }, "$.fencing", /switch one of them off/],
  [{ mode: "active-passive", standby: "cold", ack: "sync" }, "$.standby", /could confirm no write/],
  [
    { mode: "active-passive", standby: "cold", upstream: { pune: "mumbai" } as ClusterPatch["upstream"] },
    "$.standby",
    /no tree/,
  ],
  [{ mode: "active-passive", detector: { kind: "topology" } }, "$.detector", /asks the replicas/],
  [{ mode: "active-passive", detector: { kind: "monitors" } }, "$.detector", /run monitors/],
  [
    { mode: "active-passive", failover: "votes", detector: { kind: "lease" } },
    "$.detector",
    /nobody to grant/,
  ],
  [{ mode: "active-passive", failover: "manual", failback: "preempt" }, "$.failback", /no preferred primary/],
  [{ mode: "active-passive", route: "ask-monitors" }, "$.route", /no monitors to ask/],
  [{ mode: "active-passive", failover: "topology", store: { failsafe: true } }, "$.store", /only a lease/],
  [{ mode: "consensus", raft: { checkQuorum: false, reads: "lease" } }, "$.raft", /never learns/],
  [
    { mode: "active-passive", failover: "votes", monitors: { count: 2, quorum: 3 } },
    "$.monitors",
    /at most 2/,
  ],
];

test("what no system could run is refused, naming the axis and the reason", () => {
  for (const [patch, path, why] of refused) {
    const told = refusal(patch);
    expect([patch, told?.[0]]).toEqual([patch, path]);
    expect(told?.[1]).toMatch(why);
  }
});

test("[M86] deletions are forgotten after a time only where a rule keeps them by itself", () => {
  for (const merge of ["crdt", "bounded", "revision-tree"] as const) {
    const cluster = { mode: "active-active", merge } as const;
    const told = refusal({ ...cluster, repair: { tombstoneMs: 30_000 } });
    expect(told?.[0]).toBe("$.repair.tombstoneMs");
    expect(told?.[1]).toMatch(/^expected repair.tombstoneMs stable or keep with merge/);
    for (const tombstoneMs of ["stable", "keep"] as const)
      expect(refusal({ ...cluster, repair: { tombstoneMs } })).toBeNull();
  }
  for (const merge of ["lww", "lww-hlc", "siblings", "siblings-vv", "app"] as const)
    expect(refusal({ mode: "active-active", merge, repair: { tombstoneMs: 30_000 } })).toBeNull();
  const running = resolveCluster({ mode: "active-active", repair: { tombstoneMs: 30_000 } });
  const changed = running.ok ? resolveCluster({ merge: "crdt" }, running.value) : running;
  expect(changed.ok ? null : changed.error.path).toBe("$.merge");
});

test("a decider that grants no leases takes from the default fencing what it can have", () => {
  const votes = resolveCluster({ mode: "active-passive", failover: "votes" });
  expect(votes.ok && votes.value.fencing).toEqual(["epoch"]);
  const lease = resolveCluster({ mode: "active-passive" });
  expect(lease.ok && lease.value.fencing).toEqual(["lease-request", "epoch"]);
});

test("a pod must have the sites that its cluster counts on, from the start and after every change", () => {
  const [mumbai, pune, lima] = ["mumbai", "pune", "lima"].map((name) => siteIdSchema.parse(name));
  if (mumbai === undefined || pune === undefined || lima === undefined) throw new Error("three sites");
  const ask = (patch: ClusterPatch, sites = [mumbai, pune]) => {
    const cluster = resolveCluster(patch);
    if (!cluster.ok) throw new Error(cluster.error.expected);
    return unfitFor(cluster.value, sites)?.path ?? null;
  };
  expect(ask({ preset: "postgres-sync", sync: { count: 2 } })).toBe("$.sync.count");
  expect(ask({ preset: "postgres-sync", sync: { count: 2 } }, [mumbai, pune, lima])).toBeNull();
  expect(ask({ guard: { replicas: 2 } })).toBe("$.guard.replicas");
  expect(ask({ mode: "active-passive", failover: "votes", monitors: { count: 3 } })).toBe("$.monitors.count");
  expect(ask({ store: { members: [lima] } })).toBe("$.store.members");
  const changed = planOf({
    name: "too many",
    durationMs: 1000,
    sites: ["mumbai", "pune"],
    timeline: [{ atMs: 10, do: "configure", cluster: { ack: "sync", sync: { count: 2 } } }],
  });
  expect(changed.ok ? null : changed.error.path).toBe("$.timeline[0].cluster.sync.count");
});
