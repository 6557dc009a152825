import { expect, test } from "vitest";
import { presetOf } from "../../../lib/scenario/preset-of";
import { presets } from "../../../lib/scenario/presets/all";
import { createPod, type TestPod } from "./pod";
import { change, cluster, logs, promotedAt, propose, records, runningPod, views } from "./stories";

const notes = (pod: TestPod) => records(pod, "note").map(({ text }) => text);
const reasons = (pod: TestPod) => views(pod).map(({ view }) => view.reason);

test("every preset has axes of its own, so that a cluster's axes tell its name", () => {
  expect(presets.map(({ name }) => presetOf(cluster({ preset: name })))).toEqual(
    presets.map(({ name }) => name),
  );
  expect(presetOf(cluster({ preset: "yjs", route: "gslb" }))).toBeNull();
});

test("[C102] another acknowledgement is another epoch: same primary, same data, nobody recorded", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "pune");
  expect(pod.memory().syncSet).toEqual(["pune"]);
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 2] });
  pod.life("mumbai").syncSet = [];
  const asked = pod.now();
  change(pod, { preset: "rds-multi-az-cluster" });
  expect(pod.view()).toMatchObject({ phase: "draining", epoch: 1, primary: "mumbai" });
  pod.run(50);
  expect(pod.view()).toMatchObject({ phase: "serving", epoch: 2, primary: "mumbai", generation: 0 });
  expect(pod.memory()).toMatchObject({ syncSet: [], reign: { primary: "mumbai", incarnation: 1 } });
  expect(promotedAt(pod) - asked).toBeLessThan(50);
  pod.run(1100);
  expect(pod.life("mumbai").leaseUntil).toBeGreaterThan(pod.now());
});

test("[C102] the drain waits for what is under way, and for two heartbeats at most", () => {
  const pod = runningPod();
  logs(pod, { mumbai: [1, 5] });
  pod.life("mumbai").appliedLsn = 4;
  change(pod, { ack: "semi" });
  pod.run(900);
  expect(pod.view().phase).toBe("draining");
  pod.life("mumbai").appliedLsn = 5;
  pod.run(200);
  expect(pod.view()).toMatchObject({ phase: "serving", epoch: 2 });
  pod.life("mumbai").appliedLsn = 0;
  const asked = pod.now();
  change(pod, { ack: "async" });
  pod.run(2100);
  expect(pod.view()).toMatchObject({ phase: "serving", epoch: 3 });
  expect(promotedAt(pod) - asked).toBe(2000);
});

test("[C60] [C102] between two presets even a route is an epoch; by itself it is tuning", () => {
  const pod = runningPod({ preset: "yjs" });
  change(pod, { route: "gslb" });
  expect(pod.view()).toMatchObject({ epoch: 1, phase: "serving", cluster: { route: "gslb" } });
  change(pod, { preset: "yjs" });
  expect(pod.view()).toMatchObject({ epoch: 1, phase: "serving" });
  change(pod, { preset: "redis-active-active" });
  pod.run(100);
  expect(pod.view()).toMatchObject({ epoch: 2, phase: "serving", generation: 0, seed: null });
});

test("[C103] a primary that does not report the pause keeps its epoch, and the change is given up", () => {
  const pod = runningPod({ failover: "manual" });
  pod.life("mumbai").frozen = true;
  change(pod, { ack: "sync" });
  pod.run(2100);
  expect(pod.view()).toMatchObject({ phase: "serving", epoch: 1, primary: "mumbai", change: null });
  expect(pod.view().cluster.ack).toBe("async");
  expect(pod.view().reason).toBe("The change is given up: Mumbai did not pause its writes in time.");
});

test("[C103] a reign that ends meanwhile ends the change, and the rules of before choose the successor", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "delhi");
  logs(pod, { mumbai: [1, 5], pune: [1, 9], delhi: [1, 5] });
  pod.life("mumbai").appliedLsn = 1;
  change(pod, { preset: "postgres-async" });
  pod.close("mumbai");
  pod.run(200);
  expect(notes(pod)).toContain("The change is given up: Mumbai closed its page and gave its lease back.");
  expect(pod.view()).toMatchObject({ primary: "delhi", epoch: 2, cluster: { ack: "sync" } });
});

test("[C103] without a living primary the change is made at once, and the next reign is of a higher epoch", () => {
  const pod = runningPod({ failover: "manual" });
  logs(pod, { mumbai: [1, 5], pune: [1, 5], delhi: [1, 4] });
  pod.crash("mumbai");
  pod.run(4000);
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
  change(pod, { failover: "lease" });
  pod.run(100);
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2, change: { above: 1 } });
  expect(reasons(pod)).toContain(
    "Switched from settings of its own to postgres-async: the next primary begins a new epoch.",
  );
});

test("[C53] [C103] while nobody reigns a recorded set outlives a change that leaves its meaning alone", () => {
  const pod = runningPod({ preset: "postgres-sync" });
  propose(pod, "delhi");
  for (const site of ["delhi", "mumbai"]) pod.crash(site);
  pod.run(4000);
  expect(pod.view().primary).toBeNull();
  change(pod, { fencing: ["epoch"] });
  expect(pod.memory().syncSet).toEqual(["delhi"]);
  change(pod, { sync: { rule: "any" } });
  expect(pod.memory().syncSet).toEqual([]);
});

test("[C104] where the sites number the epochs the view only says above which", () => {
  const pod = runningPod({ preset: "etcd-raft" });
  pod.life("pune").claim = 4;
  pod.life("mumbai").claim = 3;
  pod.life("mumbai").role = "primary";
  pod.run(1000);
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "mumbai" });
  change(pod, { preset: "mongodb-replica-set" });
  pod.run(50);
  expect(pod.view()).toMatchObject({ phase: "serving", epoch: 3, generation: 0, change: { above: 4 } });
});

test("[C81] [C105] the primary's next reign is repeated, and the first one says what was changed", () => {
  const pod = runningPod({ preset: "keepalived-pair" });
  pod.life("mumbai").claim = 1;
  pod.life("mumbai").role = "primary";
  pod.run(1000);
  change(pod, { failback: "manual" });
  pod.run(100);
  for (const epoch of [2, 3]) {
    pod.life("mumbai").claim = epoch;
    pod.run(1000);
  }
  expect(pod.view()).toMatchObject({ epoch: 3, primary: "mumbai" });
  const told = reasons(pod).filter((reason) => reason.includes("Mumbai leads epoch"));
  expect(told.slice(1).map((reason) => reason.split(" by its")[0])).toEqual([
    "Changed failback. Mumbai leads epoch 2",
    "Mumbai leads epoch 3",
  ]);
});

test("[C105] a preset is named from and to, settings of nobody's by their axes", () => {
  const pod = runningPod({ preset: "postgres-async" });
  for (const patch of [{ preset: "postgres-sync" }, { sync: { count: 2 } }, { preset: "single" }]) {
    change(pod, patch);
    pod.run(100);
  }
  change(pod, { preset: "cassandra-one" });
  pod.run(1100);
  expect(reasons(pod).filter((reason) => reason.match(/^(Changed|Switched)/))).toEqual([
    "Switched from postgres-async to postgres-sync: Mumbai stays primary.",
    "Changed sync: Mumbai stays primary.",
    "Switched from settings of its own to single: Mumbai stays primary.",
    "Switched from single to cassandra-one, with the data of Mumbai: all sites agreed.",
  ]);
});

test("[C101] Raft, monitors and peers number epochs apart: between them everybody begins anew", () => {
  const pod = createPod({ sites: ["mumbai", "pune", "delhi"], cluster: cluster({ preset: "etcd-raft" }) });
  for (const site of ["mumbai", "pune", "delhi"]) pod.join(site);
  pod.life("pune").claim = 7;
  for (const preset of ["redis-sentinel", "keepalived-pair", "etcd-raft"]) {
    pod.run(1100);
    const { epoch, generation } = pod.view();
    change(pod, { preset });
    pod.run(1100);
    expect(pod.view().generation).toBe(generation + 1);
    expect(pod.view().epoch).toBeGreaterThan(Math.max(epoch, 7));
  }
});

test("[M85] to forget deletions in time, or no longer, begins anew from one copy; another time does not", () => {
  const pod = runningPod({ mode: "active-active" });
  for (const [tombstoneMs, generation] of [
    ["keep", 0],
    ["stable", 0],
    [3000, 1],
    [60_000, 1],
    ["stable", 2],
  ] as const) {
    pod.run(1100);
    change(pod, { repair: { tombstoneMs } });
    pod.run(1100);
    expect([tombstoneMs, pod.view().generation, pod.view().phase]).toEqual([
      tombstoneMs,
      generation,
      "serving",
    ]);
  }
});
