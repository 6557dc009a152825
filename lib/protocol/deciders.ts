import type { Cluster } from "./cluster";

/**
 * True where the sites settle among themselves who is primary: by monitors that vote (Redis
 * Sentinel), by advertisements between peers (VRRP), or by Raft. The coordinator's view then only
 * repeats what it has observed, for routes and for people, and no site obeys it in this.
 */
export function isDecidedBySites({ mode, failover }: Cluster): boolean {
  if (mode === "consensus") return true;
  return mode === "active-passive" && (failover === "votes" || failover === "peer");
}

/**
 * True where acknowledged writes wait for the recorded sync set, so that only its members (and the
 * last primary) may succeed. `semi` waits for any one replica and records nobody.
 */
export function hasSyncSet({ mode, ack }: Cluster): boolean {
  return mode === "active-passive" && (ack === "sync" || ack === "remote-write" || ack === "remote-apply");
}
