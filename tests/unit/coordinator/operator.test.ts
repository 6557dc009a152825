import { expect, test } from "vitest";
import { createPod } from "./pod";
import { change, cluster, logs, promotedAt, records, runningPod, statusOf, trio, views } from "./stories";

test("[C60] a change of pace keeps the reign, and no count of silence started under the old pace convicts", () => {
  const pod = runningPod({ detector: { heartbeatMs: 5000, timeoutMs: 20_000 } });
  pod.run(4000);
  pod.life("delhi").cut = true;
  change(pod, { detector: { heartbeatMs: 500, timeoutMs: 1500 }, readFrom: "primary" });
  expect(pod.refused()).toBeNull();
  pod.run(700);
  expect(statusOf(pod, "delhi")).toBe("alive");
  pod.mend("delhi");
  pod.run(3000);
  expect(pod.view()).toMatchObject({
    primary: "mumbai",
    epoch: 1,
    generation: 0,
    phase: "serving",
    reason: "The operator changed readFrom and detector.",
  });
  expect(trio.map((site) => statusOf(pod, site))).toEqual(["alive", "alive", "alive"]);
  // The lease that was granted for 20 s is over by then.
  pod.run(20_000);
  pod.crash("mumbai");
  pod.run(1600);
  expect(pod.view().primary).toBe("pune");
});

test("[C61] a change of mode waits until every replica holds what the primary holds", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 3] });
  change(pod, { mode: "active-active" });
  pod.run(1500);
  expect(pod.view()).toMatchObject({ phase: "draining", epoch: 1, primary: "mumbai", generation: 0 });
  expect(pod.snapshot().waitingFor).toMatch(/Writes pause until every site holds the same\.$/);
  pod.life("delhi").position = { epoch: 1, lsn: 5 };
  pod.run(1000);
  expect(pod.view()).toMatchObject({
    phase: "serving",
    primary: null,
    seed: "mumbai",
    generation: 1,
    epoch: 2,
    cluster: { mode: "active-active" },
  });
});

test("[C61] it waits three seconds at most, and then says what is lost", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], pune: [1, 9], delhi: [1, 3] });
  change(pod, { mode: "active-active" });
  const asked = pod.now();
  pod.run(3100);
  expect(pod.view()).toMatchObject({ generation: 1, seed: "mumbai" });
  expect(pod.view().reason).toContain("what Mumbai lacks is lost");
  expect((views(pod).at(-1)?.atMs ?? 0) - asked).toBe(3000);
});

test("[C61] a primary that has not heard of the pause is waited for until its lease is over", () => {
  const pod = runningPod({ detector: { heartbeatMs: 1000, timeoutMs: 10_000 } });
  pod.run(900);
  pod.life("mumbai").cut = true;
  const holderUntil = pod.life("mumbai").leaseUntil;
  change(pod, { mode: "active-active" });
  pod.run(9000);
  expect(pod.view().phase).toBe("draining");
  pod.run(2000);
  expect(pod.view()).toMatchObject({ phase: "serving", generation: 1, seed: "pune" });
  expect(views(pod).at(-1)?.atMs).toBeGreaterThan(holderUntil);
});

test("[C61] [C36] a restarted coordinator does not take a silent primary's lease for over", () => {
  const pod = runningPod({ detector: { heartbeatMs: 1000, timeoutMs: 10_000 } });
  pod.life("mumbai").cut = true;
  const holderUntil = pod.life("mumbai").leaseUntil;
  pod.stop();
  pod.start();
  pod.run(1000);
  change(pod, { mode: "active-active" });
  pod.run(8000);
  expect(pod.view().phase).toBe("draining");
  pod.run(1500);
  expect(pod.view()).toMatchObject({ phase: "serving", seed: "pune" });
  expect(views(pod).at(-1)?.atMs).toBeGreaterThan(holderUntil);
});

test("[C61] who was primary before there were many writers is waited for, if nobody heard that it stepped down", () => {
  const detector = { heartbeatMs: 1000, timeoutMs: 10_000 };
  const pod = runningPod({ detector });
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 3] });
  change(pod, { mode: "active-active" });
  pod.run(500);
  // It has paused, and does not hear that the pause is over.
  pod.life("mumbai").cut = true;
  const holderUntil = pod.life("mumbai").leaseUntil;
  pod.life("delhi").position = { epoch: 1, lsn: 5 };
  pod.run(1000);
  expect(pod.view()).toMatchObject({ phase: "serving", generation: 1, cluster: { mode: "active-active" } });
  change(pod, { mode: "active-passive" });
  pod.run(4000);
  expect(pod.view()).toMatchObject({ phase: "draining", generation: 1 });
  pod.run(8000);
  expect(pod.view()).toMatchObject({ phase: "serving", generation: 2, primary: "pune" });
  expect(promotedAt(pod)).toBeGreaterThan(holderUntil);
});

test("[C62] coming from many writers, the largest group that agrees gives the data", () => {
  const pod = runningPod({ preset: "yjs" }, ["mumbai", "pune", "delhi", "lagos"]);
  for (const [site, digest] of Object.entries({ mumbai: "a", pune: "b", delhi: "b", lagos: "c" })) {
    pod.life(site).seenDigest = digest;
  }
  pod.run(1000);
  change(pod, { preset: "postgres-async" });
  pod.run(3100);
  expect(pod.view()).toMatchObject({ primary: "pune", seed: "pune", generation: 1, epoch: 2 });
  expect(pod.memory().reign).toEqual({ primary: "pune", incarnation: 1, diskLost: false });
  pod.close("pune");
  pod.run(200);
  expect(pod.view()).toMatchObject({ primary: "mumbai", seed: "mumbai", generation: 1, epoch: 3 });
});

test("[C62] a mode change that would have to start from data that lacks acknowledged writes is refused", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  pod.close("mumbai");
  pod.run(500);
  change(pod, { mode: "active-active" });
  expect(pod.refused()).toMatch(/^Only Mumbai holds every acknowledged write.*into another mode\.$/);
  expect(pod.view()).toMatchObject({ phase: "serving", generation: 0 });
});

test("[C62] if everybody who could give the data goes away meanwhile, the change is given up", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  change(pod, { mode: "active-active" });
  pod.life("mumbai").frozen = true;
  pod.life("delhi").seenDigest = "whatever";
  pod.crash("mumbai");
  pod.run(7000);
  expect(pod.view().cluster.mode).toBe("active-passive");
  expect(pod.view()).toMatchObject({ phase: "serving", generation: 0, primary: null });
  expect(views(pod).some(({ view }) => view.reason.startsWith("The change is given up: "))).toBe(true);
});

test("[C63] a reset begins a generation without a seed, and the primary stays", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  pod.life("mumbai").syncSet = [...pod.life("delhi").syncSet, pod.life("pune").site];
  logs(pod, { mumbai: [1, 5], pune: [1, 3] });
  pod.reset();
  pod.run(100);
  expect(pod.view()).toMatchObject({
    primary: "mumbai",
    epoch: 2,
    generation: 1,
    seed: null,
    phase: "serving",
  });
});

test("[C63] a reset without a primary makes a blank pod, which begins like a new one", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  pod.close("mumbai");
  pod.run(4000);
  pod.reset();
  pod.run(4000);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 3, generation: 1 });
});

test("[C64] a handover loses nothing and waits for no timeout", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 4] });
  pod.promote("delhi");
  expect(pod.refused()).toBeNull();
  pod.run(500);
  expect(pod.view()).toMatchObject({ phase: "draining", primary: "mumbai" });
  pod.life("delhi").position = { epoch: 1, lsn: 5 };
  const asked = pod.now();
  pod.run(1000);
  expect(pod.view()).toMatchObject({ phase: "serving", primary: "delhi", epoch: 2 });
  expect(promotedAt(pod) - asked).toBeLessThanOrEqual(1000);
  expect(pod.life("mumbai").leaseUntil).toBeLessThan(promotedAt(pod));
});

test("[C64] what the old primary still flushed while stepping down keeps it in office", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 5] });
  pod.onView = (life, view) => {
    if (life.site === "mumbai" && view.primary === null) life.position = { epoch: 1, lsn: 6 };
  };
  pod.promote("delhi");
  pod.run(200);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 2 });
  expect(records(pod, "note").at(-1)?.text).toBe(
    "Delhi is not promoted after all: it lacks the last writes of its predecessor.",
  );
});

test("[C64] a target that does not catch up changes nothing", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], delhi: [1, 4] });
  pod.promote("delhi");
  pod.run(3100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1, phase: "serving" });
});

test("[C65] a forced promotion takes whom the operator names, and says what it costs", () => {
  const pod = runningPod({ failover: "manual" });
  logs(pod, { mumbai: [1, 9], pune: [1, 7], delhi: [1, 8] });
  pod.crash("mumbai");
  pod.promote("pune");
  pod.run(1000);
  expect(pod.view()).toMatchObject({ primary: null });
  pod.run(3000);
  expect(pod.view()).toMatchObject({
    primary: "pune",
    epoch: 2,
    reason: "The operator made Pune the primary.",
  });
  expect(records(pod, "note").at(-1)?.text).toBe(
    "Pune is promoted although Delhi is further ahead: what Pune lacks is lost.",
  );
});

test("[C66] a promotion that cannot be is refused with the reason", () => {
  const sync = runningPod({ preset: "postgres-sync" });
  sync.crash("delhi");
  sync.run(4000);
  const refusals = ["mumbai", "pune", "delhi"].map((site) => {
    sync.promote(site);
    return sync.refused();
  });
  expect(refusals).toEqual([
    "Mumbai is already the primary.",
    "Pune may not be promoted: only Mumbai is known to hold every acknowledged write.",
    "Delhi may not be promoted: it is dead.",
  ]);
  const none = runningPod({ failover: "none" });
  none.promote("pune");
  expect(none.refused()).toContain("no failover");
  const many = runningPod({ preset: "yjs" });
  many.promote("pune");
  expect(many.refused()).toContain("there is no primary to choose");
});

test("[C67] one change at a time", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5] });
  change(pod, { mode: "active-active" });
  change(pod, { readFrom: "primary" });
  expect(pod.refused()).toContain("Another change is under way");
  pod.reset();
  expect(pod.refused()).toContain("Another change is under way");
  pod.promote("pune");
  expect(pod.refused()).toContain("Another change is under way");
});

test("[C67] a handover ends when the primary fails, and a change when the coordinator restarts", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], pune: [1, 4], delhi: [1, 5] });
  pod.promote("pune");
  pod.close("mumbai");
  pod.run(200);
  expect(pod.view()).toMatchObject({ primary: "delhi", epoch: 2, phase: "serving" });
  change(pod, { mode: "active-active" });
  expect(pod.view().phase).toBe("draining");
  pod.stop();
  pod.start();
  expect(pod.view()).toMatchObject({ phase: "serving", primary: "delhi", epoch: 2, generation: 0 });
  expect(pod.view().reason).toContain("gave up the change");
});

test("[C68] before anybody has joined, every change takes effect at once", () => {
  const pod = createPod({ sites: trio, cluster: cluster() });
  change(pod, { preset: "yjs" });
  expect(pod.view()).toMatchObject({
    phase: "serving",
    epoch: 1,
    generation: 0,
    cluster: { mode: "active-active" },
  });
  change(pod, { mode: "single" });
  expect(pod.view()).toMatchObject({ members: ["mumbai"], generation: 0 });
});

test("[C70] a single site is the only member; the others are spares and never promoted", () => {
  const pod = runningPod({ mode: "single" });
  expect(pod.view()).toMatchObject({ primary: "mumbai", members: ["mumbai"] });
  pod.crash("mumbai");
  pod.run(60_000);
  expect(pod.view()).toMatchObject({ primary: null, members: ["mumbai"] });
  pod.promote("pune");
  expect(pod.refused()).toBe("Pune may not be promoted: it is a spare that nothing is replicated to.");
  pod.join("mumbai");
  pod.run(100);
  change(pod, { mode: "active-passive" });
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 3, members: ["mumbai", "pune", "delhi"] });
});

test("[C71] with many writers nobody reigns, failures are still seen, and a lost seed is replaced", () => {
  const pod = runningPod({ preset: "yjs" });
  expect(pod.view()).toMatchObject({ primary: null, epoch: 1, seed: null });
  expect(pod.snapshot().waitingFor).toBeNull();
  change(pod, { preset: "postgres-async" });
  pod.run(500);
  change(pod, { preset: "dynamodb-global-tables" });
  pod.run(500);
  expect(pod.view()).toMatchObject({ primary: null, seed: "mumbai", epoch: 3, generation: 2 });
  pod.crash("mumbai");
  pod.run(4000);
  expect(statusOf(pod, "mumbai")).toBe("dead");
  expect(pod.view()).toMatchObject({ primary: null, seed: "pune", epoch: 3 });
  expect(pod.happenings().filter(({ what, atMs }) => what === "renewal" && atMs > 1200)).toEqual([]);
});
