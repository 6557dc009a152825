import { expect, test } from "vitest";
import { createPod } from "./pod";
import { cluster, records, runningPod, statusOf, trio } from "./stories";

test("[C10] a silent site is suspect after one and a half heartbeats and dead after the timeout", () => {
  const pod = runningPod({ detector: { heartbeatMs: 1000, timeoutMs: 3000 } });
  pod.run(900);
  pod.life("delhi").cut = true;
  const lastBeat = pod.now();
  pod.run(1400);
  expect(statusOf(pod, "delhi")).toBe("alive");
  pod.run(100);
  expect(statusOf(pod, "delhi")).toBe("suspect");
  pod.run(1450);
  expect(statusOf(pod, "delhi")).toBe("suspect");
  pod.run(lastBeat + 3000 - pod.now());
  expect(statusOf(pod, "delhi")).toBe("dead");
});

test("[C11] a closed connection is a hint: suspect at once, dead no earlier than any silent site", () => {
  const pod = runningPod();
  pod.run(900);
  pod.crash("delhi");
  expect(statusOf(pod, "delhi")).toBe("suspect");
  pod.run(2900);
  expect(statusOf(pod, "delhi")).toBe("suspect");
  pod.run(100);
  expect(statusOf(pod, "delhi")).toBe("dead");
  pod.close("pune");
  pod.run(0);
  expect(records(pod, "detect").at(-1)).toMatchObject({ target: "pune", state: "suspect" });
});

test("[C12] a hidden page that falls silent is asleep, and is replaced all the same", () => {
  const pod = runningPod();
  pod.life("mumbai").hidden = true;
  pod.run(1000);
  pod.life("mumbai").cut = true;
  pod.run(3500);
  expect(statusOf(pod, "mumbai")).toBe("asleep");
  expect(pod.view()).toMatchObject({ primary: "pune", epoch: 2 });
});

test("[C13] a heartbeat brings a dead site back, a reopened connection alone does not", () => {
  const pod = runningPod();
  const delhi = pod.life("delhi");
  delhi.frozen = true;
  pod.run(4000);
  expect(statusOf(pod, "delhi")).toBe("dead");
  pod.reconnect("delhi");
  pod.run(100);
  expect(statusOf(pod, "delhi")).toBe("dead");
  delhi.frozen = false;
  pod.run(1000);
  expect(statusOf(pod, "delhi")).toBe("alive");
});

test("[C14] after a pause of its own the coordinator convicts nobody and counts anew", () => {
  const pod = runningPod();
  pod.life("delhi").cut = true;
  pod.run(1000);
  pod.suspend(10_000);
  expect(trio.map((site) => statusOf(pod, site))).not.toContain("dead");
  expect(records(pod, "note").at(-1)?.text).toContain("itself was away for 10.0 s");
  pod.run(2950);
  expect(statusOf(pod, "delhi")).toBe("suspect");
  pod.run(100);
  expect(statusOf(pod, "delhi")).toBe("dead");
  expect(pod.view()).toMatchObject({ primary: "mumbai", epoch: 1 });
});

test("[C14] a pause does not raise the dead", () => {
  const pod = runningPod();
  pod.crash("delhi");
  pod.run(4000);
  pod.suspend(5000);
  pod.run(200);
  expect(statusOf(pod, "delhi")).toBe("dead");
});

test("[C15] a free site is empty; after a restart only sites that matter are missed", () => {
  const pod = createPod({ sites: trio, cluster: cluster() });
  pod.join("mumbai");
  pod.run(5000);
  expect(statusOf(pod, "delhi")).toBe("empty");
  pod.stop();
  pod.crash("mumbai");
  pod.start();
  pod.run(3100);
  expect(trio.map((site) => statusOf(pod, site))).toEqual(["dead", "empty", "empty"]);
});

test("[C5] every judgement is recorded with the evidence for it", () => {
  const pod = runningPod();
  pod.life("delhi").cut = true;
  pod.run(4000);
  pod.mend("delhi");
  pod.run(1100);
  const findings = records(pod, "detect").filter(({ target }) => target === "delhi");
  expect(findings.map(({ state }) => state)).toEqual(["alive", "suspect", "dead", "alive"]);
  expect(findings[2]?.evidence).toBe("Silent for 3.0 s; the limit is 3.0 s.");
  expect(findings[3]?.evidence).toBe("A heartbeat arrived after 5.0 s of silence.");
});
