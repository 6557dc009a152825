import type { SiteId } from "../../protocol/ids";
import { peersOf, type Site, send } from "../site";

/** Which other sites this one believes it can reach. Its own belief: nobody agrees on it with anybody. */
export type Reach = {
  readonly hear: (peer: SiteId) => void;
  readonly onLink: (peer: SiteId, up: boolean) => void;
  readonly isUp: (peer: SiteId) => boolean;
  /** Pings everybody once a heartbeat. */
  readonly tick: () => void;
};

/** After a gap of this many ms between two ticks nobody is blamed for a silence: this site slept itself. */
const sleptMs = 1000;

/** At first everybody counts as reachable, for one timeout. */
export function createReach(site: Site): Reach {
  const heardMono = new Map<SiteId, number>();
  /** Peers whose link was reported down, until they are heard again. */
  const severed = new Set<SiteId>();
  let sinceMono = site.now.mono;
  let tickMono = site.now.mono;
  let pingMono = Number.NEGATIVE_INFINITY;

  return {
    hear(peer) {
      heardMono.set(peer, site.now.mono);
      severed.delete(peer);
    },
    onLink(peer, up) {
      if (!up) severed.add(peer);
      else {
        severed.delete(peer);
        heardMono.set(peer, site.now.mono);
      }
    },
    isUp(peer) {
      if (peer === site.identity.site) return true;
      const patienceMs = site.view?.cluster.detector.timeoutMs ?? 0;
      const lastMono = Math.max(heardMono.get(peer) ?? sinceMono, sinceMono);
      return !severed.has(peer) && site.now.mono - lastMono < patienceMs;
    },
    tick() {
      const { mono } = site.now;
      if (mono - tickMono > sleptMs) sinceMono = mono;
      tickMono = mono;
      if (mono - pingMono < (site.view?.cluster.detector.heartbeatMs ?? 0)) return;
      pingMono = mono;
      const { generation } = site;
      for (const peer of peersOf(site)) send(site, peer, { type: "quorum-ping", generation }, "replication");
    },
  };
}
