import { expect, test } from "vitest";
import type { SiteId } from "../../../lib/protocol/ids";
import { createPod } from "./pod";
import { change, cluster, logs, promotedAt, propose, records, runningPod, trio, views } from "./stories";

const city = (id: string) => id as SiteId;

test("[C40] the first site of the list is the first primary, even if another one came before it", () => {
  const pod = createPod({ sites: trio, cluster: cluster() });
  pod.run(60_000);
  pod.join("pune");
  pod.run(2000);
  expect(pod.view()).toMatchObject({ primary: null, epoch: 0 });
  expect(pod.snapshot().waitingFor).toBe("Mumbai is to be the first primary, once it joins.");
  pod.join("mumbai");
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
});

test("[C40] if the first site does not come within a timeout, the best that is there begins", () => {
  const pod = createPod({ sites: trio, cluster: cluster() });
  pod.join("delhi");
  pod.join("pune");
  pod.run(3000);
  expect(pod.view()).toMatchObject({
    primary: "pune",
    epoch: 1,
    reason: expect.stringContaining("Mumbai did not come"),
  });
});

test("[C41] a restarted primary is not primary by memory, but the furthest ahead reigns again", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 9], pune: [1, 8], delhi: [1, 7] });
  pod.crash("mumbai");
  pod.run(300);
  pod.join("mumbai");
  expect(pod.view()).toMatchObject({ primary: null, epoch: 1 });
  pod.run(3000);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 2 });
  expect(pod.memory().reign).toEqual({ primary: "mumbai", incarnation: 2, diskLost: false });
});

test("[C41] a primary whose disk is lost does not reign on", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 9], pune: [1, 8], delhi: [1, 7] });
  pod.crash("mumbai");
  pod.forget("mumbai");
  expect(pod.view()).toMatchObject({
    primary: null,
    reason: expect.stringContaining("disk of Mumbai is lost"),
  });
  pod.join("mumbai").position = { epoch: 0, lsn: 0 };
  pod.run(3100);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
});

test("[C42] a site that is suspect, rebuilding, of another generation or unheard of is not promoted", () => {
  const pod = runningPod({}, ["mumbai", "pune", "delhi", "lagos", "lima"]);
  logs(pod, { pune: [1, 9], delhi: [1, 9], lagos: [1, 9], lima: [1, 2] });
  pod.life("pune").role = "rebuilding";
  pod.life("delhi").cut = true;
  pod.run(1200);
  pod.life("lagos").position = { epoch: 1, lsn: 9 };
  pod.reset();
  pod.run(100);
  pod.life("lagos").generation = 0;
  pod.run(3000);
  pod.close("mumbai");
  pod.run(200);
  expect(pod.view()).toMatchObject({ primary: "lima" });
});

test("[C43] the furthest ahead is promoted: the later epoch first, then the longer log", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 9], pune: [1, 7], delhi: [1, 8] });
  pod.close("mumbai");
  pod.run(200);
  expect(pod.view().primary).toBe("delhi");
  pod.join("mumbai");
  logs(pod, { mumbai: [1, 99], pune: [2, 1], delhi: [2, 2] });
  pod.close("delhi");
  pod.run(200);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 3 });
});

test("[C43] among equals the last primary is kept, then the list decides", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 5] });
  pod.promote("delhi");
  pod.run(1000);
  expect(pod.view().primary).toBe("delhi");
  pod.crash("delhi");
  pod.join("delhi");
  pod.run(3100);
  expect(pod.view()).toMatchObject({ primary: "delhi", epoch: 3 });
  pod.close("delhi");
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 4 });
});

test("[C44] the choice rests on what the sites say after the reign, not on their last heartbeat", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 4], pune: [1, 4], delhi: [1, 3] });
  pod.life("delhi").position = { epoch: 1, lsn: 6 };
  pod.close("mumbai");
  pod.run(100);
  expect(pod.view().primary).toBe("delhi");
});

test("[C44] a site that does not answer is waited for no longer than a tenth of a second", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 4], pune: [1, 4], delhi: [1, 3] });
  pod.life("delhi").frozen = true;
  pod.close("mumbai");
  const closed = pod.now();
  pod.run(80);
  expect(pod.snapshot().waitingFor).toBe("The sites are being asked how far their logs reach.");
  pod.run(100);
  expect(pod.view().primary).toBe("pune");
  expect(promotedAt(pod) - closed).toBeLessThanOrEqual(150);
});

test("[C45] with failover by hand the cluster waits for the operator, or for its primary", () => {
  const pod = runningPod({ failover: "manual" });
  pod.life("mumbai").cut = true;
  pod.run(10_000);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
  expect(pod.snapshot().waitingFor).toBe(
    "Mumbai is gone and failover is manual: the operator must promote a site.",
  );
  pod.mend("mumbai");
  pod.run(1100);
  expect(pod.snapshot().waitingFor).toBeNull();
  expect(pod.life("mumbai").leaseUntil).toBeGreaterThan(pod.now());
});

test("[C45] without failover a primary that returns with its disk reigns again, and nobody else ever does", () => {
  const pod = runningPod({ failover: "none" });
  logs(pod, { mumbai: [1, 4], pune: [1, 5] });
  pod.close("mumbai");
  pod.run(60_000);
  expect(pod.view()).toMatchObject({ primary: null, epoch: 1 });
  pod.join("mumbai");
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 2 });
  pod.crash("mumbai");
  pod.forget("mumbai");
  pod.join("mumbai");
  pod.run(10_000);
  expect(pod.view()).toMatchObject({ primary: null, epoch: 2 });
  expect(pod.snapshot().waitingFor).toContain("The disk of Mumbai is lost");
});

test("[C46] if nobody may be promoted, nobody is, and everybody is told why", () => {
  const pod = runningPod();
  for (const site of trio) pod.crash(site);
  pod.run(4000);
  const why = "Nobody may be promoted: Mumbai is dead, Pune is dead and Delhi is dead.";
  expect(pod.view()).toMatchObject({ primary: null, epoch: 1, reason: why });
  expect(pod.snapshot().waitingFor).toBe(why);
  pod.join("delhi");
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "delhi", epoch: 2 });
});

test("[C47] a new reign has the next epoch and nobody in its sync set", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "pune", "delhi");
  expect(pod.snapshot().syncSet).toEqual(["pune", "delhi"]);
  pod.close("mumbai");
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
  expect(pod.promotions().at(-1)?.after).toMatchObject({ syncSet: [], view: { epoch: 2 } });
});

test("[C50] a proposal is durable before it is echoed, and names other members only", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "delhi", "mumbai", "atlantis");
  expect(pod.memory().syncSet).toEqual(["delhi"]);
  expect(pod.life("mumbai").echoed).toEqual(["delhi"]);
  expect(pod.life("pune").echoed).toEqual(["delhi"]);
});

test("[C50] nobody but the primary proposes, and not under an older view", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "delhi");
  pod.life("pune").syncSet = [city("pune")];
  pod.run(2000);
  expect(pod.snapshot().syncSet).toEqual(["delhi"]);
  pod.life("mumbai").frozen = true;
  change(pod, { sync: { strict: false } });
  pod.inject("mumbai", { ...pod.heartbeat("mumbai"), beat: 500, syncSet: [city("pune")] });
  expect(pod.snapshot().syncSet).toEqual(["delhi"]);
});

test("[C51] only a site that holds every acknowledged write is promoted, however far ahead another is", () => {
  for (const strict of [true, false]) {
    const pod = runningPod({ preset: "postgres-sync", sync: { strict } });
    propose(pod, "pune");
    logs(pod, { mumbai: [1, 6], pune: [1, 5], delhi: [1, 6] });
    pod.close("mumbai");
    pod.run(200);
    expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
  }
});

test("[C51] [C46] when they are all gone nobody is promoted, and the reason names what it would cost", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "pune");
  pod.crash("pune");
  pod.run(3500);
  pod.crash("mumbai");
  pod.run(3500);
  const why = "Pune holds every acknowledged write but is dead; promoting Delhi could lose them.";
  expect(pod.view()).toMatchObject({ primary: null, epoch: 1, reason: why });
  pod.join("mumbai");
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 2 });
});

test("[C52] with an empty set only the last primary itself may reign again", () => {
  const pod = runningPod({ preset: "postgres-sync", sync: { strict: false } });
  propose(pod);
  pod.close("mumbai");
  pod.run(10_000);
  expect(pod.view()).toMatchObject({
    primary: null,
    reason:
      "Only Mumbai holds every acknowledged write, and it is dead; promoting Pune and Delhi could lose them.",
  });
  pod.join("mumbai");
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 2 });
});

test("[C53] a set recorded before a time of asynchronous acknowledgement does not survive it", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "pune");
  pod.life("mumbai").syncSet = [];
  change(pod, { ack: "async" });
  pod.run(1100);
  change(pod, { ack: "sync" });
  pod.run(100);
  expect(pod.memory().syncSet).toEqual([]);
  pod.close("mumbai");
  pod.run(100);
  expect(pod.view().primary).toBeNull();
});

test("[C54] a wiped disk vouches for nothing: not in the set, and not as the last primary", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "pune", "delhi");
  pod.crash("pune");
  pod.forget("pune");
  pod.join("pune");
  pod.life("mumbai").frozen = true;
  pod.run(4000);
  expect(pod.view()).toMatchObject({ primary: "delhi", epoch: 2 });
  pod.crash("delhi");
  pod.forget("delhi");
  pod.join("delhi");
  pod.run(4000);
  expect(pod.view().primary).toBeNull();
  expect(pod.snapshot().waitingFor).toBe(
    "Delhi alone held every acknowledged write, and its disk is lost; only ack: async or a reset goes on.",
  );
});

test("[C72] a forgotten site holds nothing until it reports again", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 4], pune: [1, 4], delhi: [1, 9] });
  pod.crash("delhi");
  pod.forget("delhi");
  expect(pod.snapshot().sites[2]).toMatchObject({ status: "empty", position: { epoch: 0, lsn: 0 } });
  pod.join("delhi").position = { epoch: 0, lsn: 0 };
  pod.close("mumbai");
  pod.run(200);
  expect(pod.view().primary).toBe("pune");
  expect(records(pod, "note").some(({ text }) => text.includes("What Delhi held is gone"))).toBe(true);
});

test("[C4] a view that was lost is sent again with the next heartbeat", () => {
  const pod = runningPod();
  pod.life("delhi").cut = true;
  pod.close("mumbai");
  pod.run(500);
  expect(pod.view().epoch).toBe(2);
  expect(pod.life("delhi").view?.epoch).toBe(1);
  pod.mend("delhi");
  pod.run(1100);
  expect(pod.life("delhi").view).toEqual(pod.view());
  expect(pod.join("mumbai").view).toBeNull();
  pod.run(0);
  expect(pod.life("mumbai").view).toEqual(pod.view());
  expect(views(pod).at(-1)?.view.reason).toMatch(/^Pune succeeds Mumbai/);
});
