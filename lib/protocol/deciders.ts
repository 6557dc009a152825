import type { Cluster } from "./cluster";

/**
 * True where the sites settle among themselves who is primary: by monitors that vote (Redis
 * Sentinel), by advertisements between peers (VRRP), or by Raft. The coordinator's view then only
 * repeats what it has observed, for routes and for people, and no site obeys it in this.
 */
export function isDecidedBySites(cluster: Pick<Cluster, "mode" | "merge" | "failover">): boolean {
  const { mode, failover } = cluster;
  if (mode === "consensus" || isCertified(cluster)) return true;
  return mode === "active-passive" && (failover === "votes" || failover === "peer");
}

/** True where every site takes writes and a majority of them orders all of them in one log (Galera). */
export function isCertified({ mode, merge }: Pick<Cluster, "mode" | "merge">): boolean {
  return mode === "active-active" && merge === "certify";
}

/**
 * True where acknowledged writes wait for the recorded sync set, so that only its members (and the
 * last primary) may succeed. `semi` waits for any one replica and records nobody.
 */
export function hasSyncSet({ mode, ack }: Cluster): boolean {
  return mode === "active-passive" && (ack === "sync" || ack === "remote-write" || ack === "remote-apply");
}
