import { expect, test } from "vitest";
import { add, firstRhythm, phiExponential, phiNormal } from "../../../lib/coordinator/phi";
import type { SiteId } from "../../../lib/protocol/ids";
import { records, runningPod, statusOf } from "./stories";

const steady = Array.from({ length: 120 }).reduce<ReturnType<typeof firstRhythm>>(
  (rhythm) => add(rhythm, 1000),
  firstRhythm(1000),
);

/** The same formulas with the language's own logarithms. */
const akka = (y: number) => Math.log10(1 + Math.exp(y * (1.5976 + 0.070566 * y * y)));

test("[C95] phi without logarithms is phi: the formula of Akka to the last digits", () => {
  for (let silent = 500; silent <= 4000; silent += 35) {
    const y = (silent - 1000 - 1500) / 100;
    const exact = akka(y);
    if (Number.isFinite(exact)) expect(phiNormal(steady, silent, 1500)).toBeCloseTo(exact, 9);
  }
  // The reference: with a pause of 1.5 s, conviction at 3.02 s or a little later.
  expect(phiNormal(steady, 3000, 1500)).toBeLessThan(8);
  expect(phiNormal(steady, 3080, 1500)).toBeGreaterThan(8);
});

test("[C95] the coordinator convicts over 8 and says the number", () => {
  const pod = runningPod({ detector: { kind: "phi", heartbeatMs: 1000, timeoutMs: 3000 } });
  pod.run(60_000);
  pod.life("delhi").cut = true;
  pod.run(2300);
  expect(statusOf(pod, "delhi")).toBe("alive");
  pod.run(1900);
  expect(statusOf(pod, "delhi")).toBe("dead");
  const evidence = records(pod, "detect").filter(({ target }) => target === "delhi");
  expect(evidence.at(-1)?.evidence).toMatch(/^Silent for 3\.\d s: phi \d+\.\d over 8\.$/);
});

test("[C96] the exponential form takes over 18 s at a beat a second", () => {
  expect(phiExponential(steady, 18_400)).toBeLessThan(8);
  expect(phiExponential(steady, 18_500)).toBeGreaterThan(8);
  const pod = runningPod({ detector: { kind: "phi-exponential", heartbeatMs: 1000, timeoutMs: 3000 } });
  pod.run(5000);
  pod.life("delhi").cut = true;
  pod.run(17_000);
  expect(statusOf(pod, "delhi")).toBe("suspect");
  pod.run(4000);
  expect(statusOf(pod, "delhi")).toBe("dead");
});

test("[C97] the lease detector convicts a holder at expiry and never before", () => {
  const pod = runningPod({ detector: { kind: "lease", heartbeatMs: 1000, timeoutMs: 3000 } });
  pod.run(900);
  pod.life("mumbai").cut = true;
  pod.run(2950);
  expect(statusOf(pod, "mumbai")).toBe("alive");
  pod.run(200);
  expect(records(pod, "detect").at(-1)).toMatchObject({
    target: "mumbai",
    evidence: "Its lease has run out at the store.",
  });
});

test("[C98] accusers convict, and only a site that is overdue here as well", () => {
  const pod = runningPod({ detector: { kind: "swim", heartbeatMs: 1000, timeoutMs: 3000 } });
  const accuse = [{ site: "mumbai" as SiteId, state: "dead" as const }];
  pod.life("delhi").peers = accuse;
  pod.run(2000);
  expect(statusOf(pod, "mumbai")).toBe("alive");
  pod.life("delhi").peers = [];
  pod.run(1000);
  pod.life("mumbai").cut = true;
  pod.run(6000);
  expect(statusOf(pod, "mumbai")).toBe("suspect");
  pod.life("delhi").peers = accuse;
  pod.run(1100);
  expect(statusOf(pod, "mumbai")).toBe("dead");
});
