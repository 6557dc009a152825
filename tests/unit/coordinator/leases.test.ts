import { expect, test } from "vitest";
import type { Heartbeat } from "../../../lib/protocol/coordination/message";
import { change, logs, promotedAt, records, runningPod, statusOf, views } from "./stories";

function forged(changes: Partial<Heartbeat>): Heartbeat {
  return {
    type: "heartbeat",
    incarnation: 1,
    beat: 1_000_000,
    sentMono: 0,
    viewNumber: 2,
    epoch: 1,
    generation: 0,
    role: "primary",
    position: { epoch: 1, lsn: 1 },
    seenDigest: "",
    syncSet: [],
    hidden: false,
    appliedLsn: 0,
    upstream: null,
    peers: [],
    ...changes,
  };
}

const renewals = (pod: ReturnType<typeof runningPod>, site: string) =>
  pod.happenings().filter((happening) => happening.what === "renewal" && happening.site === site).length;

test("[C30] only the primary of the present epoch, in the promoted incarnation, is granted a lease", () => {
  const pod = runningPod();
  pod.run(3000);
  expect(renewals(pod, "mumbai")).toBeGreaterThan(3);
  expect(renewals(pod, "pune")).toBe(0);
  const before = renewals(pod, "mumbai");
  pod.inject("pune", forged({}));
  pod.inject("mumbai", forged({ epoch: 0 }));
  expect(renewals(pod, "pune")).toBe(0);
  expect(renewals(pod, "mumbai")).toBe(before);
  pod.join("mumbai");
  pod.run(500);
  expect(renewals(pod, "mumbai")).toBe(before);
});

test("[C31] the holder's lease is half a second shorter than the coordinator's patience", () => {
  const pod = runningPod({ detector: { heartbeatMs: 1000, timeoutMs: 4000 } });
  const { leaseUntil, sent } = pod.life("mumbai");
  expect(leaseUntil).toBe(0 + 4000 - 500);
  expect(sent.size).toBe(0);
});

test("[C32] nobody is promoted before the timeout after the last renewal, however dead the primary looks", () => {
  const pod = runningPod();
  pod.run(2900);
  const lastRenewal = 3000;
  pod.crash("mumbai");
  pod.run(lastRenewal + 2999 - pod.now());
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
  pod.run(1);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
  expect(pod.life("mumbai").leaseUntil).toBeLessThanOrEqual(promotedAt(pod));
});

test("[C32] a shorter timeout does not shorten a lease that was granted before", () => {
  const pod = runningPod({ detector: { heartbeatMs: 1000, timeoutMs: 20_000 } });
  const granted = pod.life("mumbai").leaseUntil;
  change(pod, { detector: { timeoutMs: 3000 } });
  pod.run(2000);
  pod.life("mumbai").frozen = true;
  pod.run(granted - pod.now());
  expect(pod.view()).toMatchObject({ primary: null, epoch: 1 });
  expect(pod.snapshot().waitingFor).toMatch(/^Mumbai may still hold its lease/);
  pod.run(1000);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
});

test("[C33] a release of the present reign is proof: the next reign begins at once", () => {
  const pod = runningPod();
  pod.run(900);
  pod.close("mumbai");
  pod.run(1);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
  expect(promotedAt(pod)).toBe(1000);
});

test("[C33] a release of another incarnation, another epoch or another site ends nothing", () => {
  const pod = runningPod();
  const position = { epoch: 0, lsn: 0 };
  pod.inject("mumbai", { type: "release", incarnation: 7, epoch: 1, position });
  pod.inject("pune", { type: "release", incarnation: 1, epoch: 1, position });
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
  pod.inject("mumbai", { type: "release", incarnation: 1, epoch: 0, position });
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
});

test("[C34] a primary that has obeyed the vacant view has stepped down; one that has not is waited for", () => {
  const pod = runningPod();
  pod.run(900);
  pod.promote("delhi");
  pod.run(0);
  expect(pod.view()).toMatchObject({ primary: "delhi", epoch: 2 });
  pod.run(1000);
  const lastRenewal = pod.now() - (pod.snapshot().sites.find(({ site }) => site === "delhi")?.silentMs ?? 0);
  pod.life("delhi").frozen = true;
  pod.run(2000);
  pod.promote("pune");
  expect(pod.view()).toMatchObject({ primary: null });
  expect(pod.snapshot().waitingFor).toMatch(
    /^Delhi may still hold its lease for \d\.\d s; nobody is promoted before\.$/,
  );
  pod.run(2000);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 3 });
  expect(promotedAt(pod)).toBeGreaterThanOrEqual(lastRenewal + 3000);
});

test("[C35] a site that is alone reigns again as soon as it is back", () => {
  const pod = runningPod({ mode: "single" }, ["lima"]);
  pod.crash("lima");
  pod.run(200);
  pod.join("lima");
  pod.run(0);
  expect(pod.view()).toMatchObject({ primary: "lima", epoch: 2 });
});

test("[C36] a coordinator that has just restarted promotes nobody for one timeout", () => {
  const pod = runningPod();
  pod.run(2000);
  pod.stop();
  pod.run(60_000);
  pod.crash("mumbai");
  pod.start();
  const restarted = pod.now();
  pod.close("mumbai");
  pod.run(2950);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
  pod.run(200);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
  expect(promotedAt(pod)).toBeGreaterThanOrEqual(restarted + 3000);
});

test("[C36] a lease granted under an older, longer timeout outlasts the change and two restarts", () => {
  const pod = runningPod({ detector: { heartbeatMs: 1000, timeoutMs: 20_000 } });
  pod.life("mumbai").cut = true;
  const granted = pod.life("mumbai").leaseUntil;
  change(pod, { detector: { timeoutMs: 3000 } });
  pod.stop();
  pod.start();
  change(pod, { detector: { timeoutMs: 2500 } });
  pod.stop();
  pod.start();
  pod.run(10_000);
  expect(statusOf(pod, "mumbai")).toBe("dead");
  expect(pod.view().epoch).toBe(1);
  pod.run(11_000);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
  expect(promotedAt(pod)).toBeGreaterThan(granted);
});

test("[C20] what an older life says, what comes late, and what follows a goodbye is ignored", () => {
  const pod = runningPod();
  logs(pod, { pune: [1, 4] });
  const position = () => pod.snapshot().sites.find(({ site }) => site === "pune")?.position;
  pod.inject("pune", forged({ beat: 1, position: { epoch: 1, lsn: 2 } }));
  expect(position()).toEqual({ epoch: 1, lsn: 4 });
  pod.join("pune");
  pod.run(1100);
  pod.inject("pune", forged({ incarnation: 1, position: { epoch: 1, lsn: 1 } }));
  expect(position()).toEqual({ epoch: 1, lsn: 4 });
  pod.close("pune");
  pod.run(100);
  pod.inject("pune", forged({ incarnation: 2 }));
  expect(statusOf(pod, "pune")).toBe("suspect");
});

test("[C21] nobody believes an epoch, view or generation that was never given out", () => {
  const pod = runningPod();
  const lies: Partial<Heartbeat>[] = [
    { epoch: 9 },
    { viewNumber: 900 },
    { generation: 3 },
    { position: { epoch: 9, lsn: 999 } },
  ];
  for (const lie of lies) pod.inject("delhi", forged(lie));
  pod.run(1000);
  expect(pod.snapshot().sites.find(({ site }) => site === "delhi")).toMatchObject({
    epoch: 1,
    position: { epoch: 0, lsn: 0 },
  });
  expect(pod.view()).toMatchObject({ number: 2, epoch: 1, generation: 0, primary: "mumbai" });
  pod.crash("mumbai");
  pod.run(4000);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
});

test("[C2] [C3] [C5] numbers and epochs rise, and what is persisted is what was said", () => {
  const pod = runningPod();
  pod.close("mumbai");
  pod.run(500);
  pod.stop();
  pod.start();
  pod.run(3100);
  pod.crash("pune");
  pod.run(4000);
  const seen = views(pod).map(({ view }) => view);
  expect(seen.map(({ number }) => number)).toEqual(seen.map((_, i) => i + 1));
  expect(seen.map(({ epoch }) => epoch)).toEqual(seen.map(({ epoch }) => epoch).toSorted((a, b) => a - b));
  expect(pod.memory().view).toEqual(pod.view());
  const told = records(pod, "view");
  expect(told.map(({ reason }) => reason)).toEqual(seen.map(({ reason }) => reason));
  expect(told.every(({ reason }) => /^[A-Z].*\.$/.test(reason))).toBe(true);
});
