import { expect, test } from "vitest";
import type { SiteId } from "../../../lib/protocol/ids";
import type { TestPod } from "./pod";
import { change, logs, promotedAt, propose, records, runningPod, statusOf } from "./stories";

const city = (site: string) => site as SiteId;
const notes = (pod: TestPod) => records(pod, "note").map(({ text }) => text);

/** A site says that it leads, or that it does not. */
function claim(pod: TestPod, site: string, epoch: number | null, role: "primary" | "replica" = "primary") {
  const life = pod.life(site);
  life.claim = epoch;
  life.role = role;
  pod.run(1000);
}

/** Every replica says how its stream is. */
function streams(pod: TestPod, from: string, ok: boolean, ...sites: readonly string[]): void {
  for (const site of sites) pod.life(site).upstream = { site: city(from), ok };
}

test("[C80] where the sites decide nobody is promoted and no lease is granted", () => {
  const pod = runningPod({ preset: "redis-sentinel" });
  pod.run(10_000);
  expect(pod.view()).toMatchObject({ epoch: 0, primary: null });
  claim(pod, "pune", 3);
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "pune" });
  expect(pod.happenings().some(({ what }) => what === "renewal")).toBe(false);
  claim(pod, "delhi", 50_000);
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "pune" });
  pod.promote("delhi");
  expect(pod.refused()).toContain("decide among themselves");
});

test("[C81] the highest claim counts, and a tie is said", () => {
  const pod = runningPod({ preset: "keepalived-pair" });
  claim(pod, "mumbai", 1);
  claim(pod, "pune", 1);
  expect(pod.view()).toMatchObject({ epoch: 1, primary: "mumbai" });
  expect(notes(pod).filter((text) => text.includes("both say that they are primary"))).toHaveLength(1);
  claim(pod, "pune", 2);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
});

test("[C82] silence takes no claim back; another word, a goodbye or a new life does", () => {
  const pod = runningPod({ preset: "redis-sentinel" });
  claim(pod, "pune", 1);
  pod.life("pune").cut = true;
  pod.run(20_000);
  expect(statusOf(pod, "pune")).not.toBe("alive");
  expect(pod.view().primary).toBe("pune");
  pod.mend("pune");
  claim(pod, "pune", 1, "replica");
  expect(pod.view()).toMatchObject({ epoch: 1, primary: null });
  claim(pod, "delhi", 2);
  pod.close("delhi");
  pod.run(100);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: null });
});

test("[C101] a change of who decides drains and begins anew; an unpausable primary stops it", () => {
  const pod = runningPod();
  const { epoch, generation } = pod.view();
  change(pod, { failover: "votes", fencing: [], detector: { kind: "fixed" } });
  pod.run(100);
  expect(pod.view()).toMatchObject({ generation: generation + 1, primary: null, seed: "mumbai" });
  expect(pod.view().epoch).toBe(epoch + 1);
  claim(pod, "pune", 5);
  pod.life("pune").cut = true;
  change(pod, { failover: "lease" });
  pod.run(4000);
  expect(pod.view()).toMatchObject({ phase: "serving", epoch: 5, primary: "pune" });
  expect(pod.view().reason).toContain("did not pause its writes in time");
});

test("[C83] a healthy primary whose store lost its majority is not renewed, and nobody takes over", () => {
  const pod = runningPod({ store: { members: ["mumbai", "pune", "delhi"].map(city), failsafe: false } });
  pod.run(1000);
  pod.crash("pune");
  pod.crash("delhi");
  const lastLease = pod.life("mumbai").leaseUntil;
  pod.run(6000);
  expect(pod.life("mumbai").leaseUntil).toBe(lastLease);
  expect(pod.view()).toMatchObject({ epoch: 1, primary: "mumbai" });
  expect(pod.snapshot().waitingFor).toMatch(/^The lease store has lost its majority: Pune and Delhi are out/);
  pod.join("delhi");
  pod.run(2000);
  expect(pod.life("mumbai").leaseUntil).toBeGreaterThan(pod.now());
});

test("[C84] failsafe keeps the primary while all other members confirm it, and not one fewer", () => {
  const members = ["mumbai", "pune", "delhi"].map(city);
  const pod = runningPod({ store: { members, failsafe: true } });
  const mumbai = pod.life("mumbai");
  mumbai.peers = [
    { site: city("pune"), state: "alive" },
    { site: city("delhi"), state: "alive" },
  ];
  pod.life("pune").cut = true;
  pod.life("delhi").cut = true;
  pod.run(8000);
  expect(mumbai.leaseUntil).toBeGreaterThan(pod.now());
  expect(notes(pod).at(-1)).toContain("every other member confirms Mumbai");
  mumbai.peers = [{ site: city("pune"), state: "alive" }];
  pod.run(6000);
  expect(mumbai.leaseUntil).toBeLessThan(pod.now());
  expect(pod.snapshot().waitingFor).toContain("Delhi cannot confirm Mumbai");
});

const topology = {
  failover: "topology",
  fencing: ["epoch"],
  detector: { kind: "topology", heartbeatMs: 1000, timeoutMs: 3000 },
} as const;

test("[C85] an unreachable primary whose replicas replicate is left alone; a broken one is replaced", () => {
  const pod = runningPod({ ...topology, fencing: ["epoch"] });
  logs(pod, { pune: [1, 4], delhi: [1, 6] });
  streams(pod, "mumbai", true, "pune", "delhi");
  pod.life("mumbai").cut = true;
  pod.run(8000);
  expect(statusOf(pod, "mumbai")).toBe("suspect");
  expect(pod.view()).toMatchObject({ epoch: 1, primary: "mumbai" });
  const why =
    "Mumbai is unreachable from here, but Pune and Delhi still stream from it, so it lives: no action.";
  expect(notes(pod).filter((text) => text === why)).toHaveLength(1);
  streams(pod, "mumbai", false, "pune", "delhi");
  pod.run(1500);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "delhi" });
});

test("[C86] orphans of a dead intermediate stream from the one above it", () => {
  const tree = { pune: city("mumbai"), delhi: city("pune") };
  const pod = runningPod({ ...topology, fencing: ["epoch"], upstream: tree });
  streams(pod, "pune", false, "delhi");
  streams(pod, "mumbai", true, "pune");
  pod.crash("pune");
  pod.run(4500);
  expect(pod.view()).toMatchObject({ epoch: 1, primary: "mumbai" });
  expect(pod.view().cluster.upstream).toEqual({ pune: "mumbai", delhi: "mumbai" });
  expect(pod.view().reason).toBe("Pune is dead: Delhi now streams from Mumbai.");
});

test("[C87] no second automatic recovery within a minute", () => {
  const pod = runningPod({ ...topology, fencing: ["epoch"] });
  streams(pod, "mumbai", false, "pune", "delhi");
  pod.crash("mumbai");
  pod.run(4000);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
  streams(pod, "pune", false, "delhi");
  pod.crash("pune");
  pod.run(20_000);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
  expect(pod.snapshot().waitingFor).toContain("would be flapping: an operator must decide");
  pod.run(45_000);
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "delhi" });
});

test("[C87] what another decider did before does not count", () => {
  const pod = runningPod({ failover: "lease" });
  pod.crash("mumbai");
  pod.run(4000);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
  pod.configure({ ...pod.view().cluster, ...topology, fencing: ["epoch"] });
  pod.run(1000);
  streams(pod, "pune", false, "delhi");
  pod.crash("pune");
  pod.run(4500);
  expect(pod.view()).toMatchObject({ epoch: 4, primary: "delhi" });
});

test("[C88] what an invalid replica holds beyond the winner is counted lost", () => {
  const pod = runningPod({ ...topology, fencing: ["epoch"] });
  logs(pod, { pune: [1, 9], delhi: [1, 6] });
  pod.life("pune").role = "rebuilding";
  streams(pod, "mumbai", false, "pune", "delhi");
  pod.crash("mumbai");
  pod.run(4000);
  expect(pod.view()).toMatchObject({ primary: "delhi" });
  expect(notes(pod)).toContain("Pune is further ahead than Delhi but not valid: 3 writes are counted lost.");
});

const managed = { preset: "rds-multi-az-cluster" } as const;

test("[C89] no proof, no promotion; the proof is asked for again every second", () => {
  const pod = runningPod({ fencing: ["lease-request", "epoch", "stonith"] });
  pod.life("mumbai").cut = true;
  pod.run(20_000);
  expect(pod.view()).toMatchObject({ epoch: 1, primary: null });
  expect(pod.snapshot().waitingFor).toBe(
    "Mumbai is not proven to have stopped, and without that proof nobody is promoted (stonith).",
  );
  expect(pod.fences().length).toBeGreaterThan(10);
  expect(pod.fences()[0]).toEqual({ site: "mumbai", incarnation: 1 });
  pod.fenced("mumbai", 1);
  pod.run(100);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
});

test("[C89] an orderly handover needs nobody to be stopped", () => {
  const pod = runningPod({ fencing: ["lease-request", "epoch", "stonith"] });
  pod.promote("delhi");
  pod.run(500);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "delhi" });
  expect(pod.fences()).toEqual([]);
});

test("[C90] the proof ends the lease of the life it names, and no other", () => {
  const pod = runningPod({ fencing: ["lease-request", "epoch", "stonith"] });
  pod.run(900);
  pod.life("mumbai").frozen = true;
  pod.run(1600);
  const { leaseUntil } = pod.life("mumbai");
  pod.promote("pune");
  pod.run(300);
  pod.fenced("mumbai", 7);
  pod.run(100);
  expect(pod.view().primary).toBeNull();
  pod.fenced("mumbai", 1);
  pod.run(100);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
  expect(promotedAt(pod)).toBeLessThan(leaseUntil);
});

test("[C91] managed readers apply what they hold before one of them is promoted", () => {
  const pod = runningPod(managed);
  logs(pod, { pune: [1, 9], delhi: [1, 9] });
  propose(pod, "pune", "delhi");
  pod.life("delhi").appliedLsn = 2;
  pod.run(1000);
  pod.crash("mumbai");
  pod.run(4000);
  pod.fenced("mumbai", 1);
  pod.run(3000);
  expect(pod.view().primary).toBeNull();
  expect(pod.snapshot().waitingFor).toContain("Delhi still applies what was received");
  pod.life("delhi").appliedLsn = 9;
  pod.run(1100);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
});

test("[C92] the preferred primary takes over again once it keeps up, in an orderly way", () => {
  const pod = runningPod({ failback: "preempt" });
  pod.close("mumbai");
  pod.run(100);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "pune" });
  const failed = promotedAt(pod);
  pod.join("mumbai");
  pod.run(3500);
  expect(pod.view().primary).toBe("pune");
  streams(pod, "pune", true, "mumbai");
  pod.run(6000);
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "mumbai" });
  expect(promotedAt(pod)).toBeGreaterThanOrEqual(failed + 6000);
});

test("[C93] the operator's failback is orderly or nothing", () => {
  const pod = runningPod({ failover: "manual" });
  pod.promote("pune");
  pod.run(500);
  pod.failback("mumbai");
  pod.run(500);
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "mumbai" });
  pod.crash("mumbai");
  pod.run(5000);
  pod.failback("pune");
  expect(pod.refused()).toContain("no living primary to take the reign back from");
});

test("[C94] a replica is asked to rejoin, the primary is not", () => {
  const pod = runningPod();
  pod.rejoin("pune");
  pod.run(0);
  expect(pod.life("pune").rejoins).toBe(1);
  pod.rejoin("mumbai");
  expect(pod.refused()).toContain("is the primary");
});

test("[C99] by rule any a voter must be the furthest of enough voters that answer", () => {
  const quorum = { ack: "sync", sync: { rule: "any", count: 1, strict: true } } as const;
  const pod = runningPod(quorum, ["mumbai", "pune", "delhi", "lima"]);
  logs(pod, { pune: [1, 5], delhi: [1, 8], lima: [1, 3] });
  propose(pod, "pune", "delhi", "lima");
  pod.crash("delhi");
  pod.crash("mumbai");
  pod.run(4000);
  expect(pod.view().primary).toBeNull();
  expect(pod.view().reason).toContain("Every acknowledged write is on 1 of Pune, Delhi and Lima");
  pod.join("delhi");
  pod.run(1500);
  expect(pod.view()).toMatchObject({ epoch: 2, primary: "delhi" });
});

test("[C100] remote-write and remote-apply restrict promotion like sync, semi does not", () => {
  for (const ack of ["remote-write", "remote-apply", "semi"] as const) {
    const pod = runningPod({ ack });
    logs(pod, { pune: [1, 9], delhi: [1, 4] });
    propose(pod, "delhi");
    pod.close("mumbai");
    pod.run(200);
    expect(pod.view().primary).toBe(ack === "semi" ? "pune" : "delhi");
  }
});
