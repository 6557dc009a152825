import type { Cluster } from "../../../lib/protocol/cluster";
import type { Operation } from "../../../lib/protocol/operation";
import { newSession } from "../../../lib/protocol/session-token";
import type { Vector } from "../../../lib/protocol/vector";
import { manyWritersPod } from "./many-writers-pod";

/** Nothing that is repaired behind the clients' backs. */
const quiet = { hintMs: 0, readRepair: "none", antiEntropyMs: 60_000, tombstoneMs: "stable" } as const;

export function quorumPod(
  names: readonly string[],
  quorum: Partial<Cluster["quorum"]> = {},
  repair: Partial<Cluster["repair"]> = {},
  merge: "lww" | "siblings" = "lww",
) {
  const whole = { n: 3, r: 2, w: 2, sloppy: false, scope: "any", ...quorum } as const;
  return manyWritersPod(names, { mode: "quorum", merge, quorum: whole, repair: { ...quiet, ...repair } });
}
type Pod = ReturnType<typeof quorumPod>;

/** What the client has been told once every message has arrived; `context`: what its session had read. */
export function answer(pod: Pod, site: string, op: Operation, context?: Vector) {
  const id = pod.op(site, op, context && { ...newSession, context });
  pod.deliver();
  return pod.outcomes.get(id);
}

export const shows = (pod: Pod, sites: readonly string[], key: string) =>
  sites.map((site) => pod.snapshot(site).keys[key]?.value ?? null);

export const put = (key: string, value: string): Operation => ({ f: "put", key, value });
export const get = (key: string): Operation => ({ f: "get", key });
