import type { SiteId } from "../../../protocol/ids";
import type { Position } from "../../../protocol/position";
import type { SiteMessageOf } from "../../../protocol/site/message";
import { cityOf, seconds } from "../../../protocol/words";
import { leads } from "../../heartbeat";
import type { Shell } from "../../shell";
import { peersOf, record, send } from "../../site";
import { isReady } from "../believe";
import type { SelfDoubt } from "../self-doubt";

/** What a site says of itself when a monitor asks. */
export type Account = Omit<SiteMessageOf<"pong">, "type">;

/** What one monitor knows of one site. */
export type Watched = {
  readonly site: SiteId;
  /** When it last answered; the start of the watch before the first answer. */
  heardMono: number;
  /** What it said then; null before the first answer. */
  account: Account | null;
  /** Subjectively down: this monitor has had no answer for too long. */
  down: boolean;
  /** Since when it has been leading although another configuration is in force; null while it is not. */
  strayMono: number | null;
};

/** The eyes of one monitor: it pings every site and keeps what they answer. */
export type Watch = {
  readonly of: (site: SiteId) => Watched;
  readonly all: () => readonly Watched[];
  readonly ping: () => void;
  readonly onPong: (from: SiteId, account: Account) => void;
  /** Judges every silence anew. */
  readonly judge: () => void;
  readonly silentMs: (watched: Watched) => number;
};

/** How this site would answer a ping now. */
export function accountOf(shell: Shell): Account {
  const { site, mode } = shell;
  const { epoch, primary } = site.leadership;
  return { epoch, primary, leads: leads(site), ready: isReady(shell), position: mode.position() };
}

/** How far a site's disk is known to reach. */
export function reachOf({ account }: Watched): Position {
  return account?.position ?? { epoch: 0, lsn: 0 };
}

export function createWatch(shell: Shell, doubt: SelfDoubt): Watch {
  const { site } = shell;
  const table = new Map<SiteId, Watched>();

  function of(name: SiteId): Watched {
    const known = table.get(name);
    if (known !== undefined) return known;
    const fresh = { site: name, heardMono: site.now.mono, account: null, down: false, strayMono: null };
    table.set(name, fresh);
    return fresh;
  }

  function silentMs({ heardMono }: Watched): number {
    return site.now.mono - Math.max(heardMono, doubt.countsFromMono());
  }

  function find(watched: Watched, down: boolean, evidence: string): void {
    if (watched.down === down) return;
    watched.down = down;
    record(site, { kind: "detect", target: watched.site, state: down ? "suspect" : "alive", evidence });
  }

  return {
    of,
    silentMs,
    all: () => peersOf(site).map(of),
    ping() {
      for (const peer of peersOf(site)) send(site, peer, { type: "ping" }, "replication");
    },
    onPong(from, account) {
      const watched = of(from);
      find(watched, false, `It answers the monitor of ${cityOf(site.identity.site)} again.`);
      watched.heardMono = site.now.mono;
      watched.account = account;
    },
    judge() {
      const limitMs = site.view?.cluster.detector.timeoutMs ?? 0;
      for (const watched of peersOf(site).map(of)) {
        const silent = silentMs(watched);
        if (silent < limitMs) continue;
        const city = cityOf(site.identity.site);
        const evidence = `The monitor of ${city} has had no answer for ${seconds(silent)}, its limit is ${seconds(limitMs)}: subjectively down.`;
        find(watched, true, evidence);
        watched.strayMono = null;
      }
    },
  };
}
