import type { SiteId } from "../../protocol/ids";
import type { SiteMessage } from "../../protocol/site/message";
import { cityOf, seconds } from "../../protocol/words";
import { isNamedPrimary, leads } from "../heartbeat";
import { outranks, owesEpoch } from "../leadership";
import type { Shell } from "../shell";
import { note, peersOf, record, send } from "../site";
import { believe, foundReign, isReady, keepActing } from "./believe";
import type { Part } from "./decider";
import type { SelfDoubt } from "./self-doubt";

/** Priorities by the order of the sites, as an administrator of keepalived gives them. */
export function priorityOf(members: readonly SiteId[], site: SiteId): number {
  const index = members.indexOf(site);
  return index === 0 ? 150 : Math.max(1, 110 - 10 * index);
}

/**
 * Peers that advertise themselves (VRRP, keepalived): whoever hears no primary for long enough becomes one.
 * There is no quorum, nobody is asked, and nobody looks at a log.
 */
export function createPeer(shell: Shell, doubt: SelfDoubt): Part {
  const { site } = shell;
  const me = site.identity.site;
  const members = () => site.view?.members ?? [];
  const rule = () => site.view?.cluster.detector ?? { heartbeatMs: 1000, timeoutMs: 3000 };
  const priority = () => priorityOf(members(), me);
  let heardMono = site.now.mono;
  let advertMono = Number.NEGATIVE_INFINITY;
  /** The highest epoch that anybody has claimed to this site. */
  let claimed = 0;

  /** VRRP's master down interval: three adverts, and a skew that lets the higher priority go first. */
  function patienceMs(): number {
    const { heartbeatMs, timeoutMs } = rule();
    return timeoutMs + (heartbeatMs * (256 - priority())) / 256;
  }

  function silentMs(): number {
    return site.now.mono - Math.max(heardMono, doubt.countsFromMono());
  }

  function advertise(): void {
    advertMono = site.now.mono;
    keepActing(shell);
    for (const peer of peersOf(site)) tell(peer, priority());
  }

  function tell(peer: SiteId, as: number): void {
    send(site, peer, { type: "advert", epoch: site.leadership.epoch, priority: as }, "replication");
  }

  function lead(reason: string): void {
    const epoch = Math.max(site.epochSeen, site.leadership.epoch, claimed) + 1;
    heardMono = site.now.mono;
    believe(shell, { epoch, primary: me, reason });
    advertise();
  }

  function takeOver(silentMs: number): void {
    const before = site.leadership.primary;
    const city = cityOf(me);
    if (before !== null && before !== me) {
      const evidence = `${city} has heard no advertisement for ${seconds(silentMs)}; its limit is ${seconds(patienceMs())}.`;
      record(site, { kind: "detect", target: before, state: "dead", evidence });
    }
    lead(
      `${city} has heard no advertisement of its priority ${priority()} or higher for ${seconds(silentMs)} and makes itself primary.`,
    );
    note(site, `${city} announces the virtual address as its own (gratuitous ARP).`);
  }

  function onAdvert(from: SiteId, epoch: number, theirs: number): void {
    claimed = Math.max(claimed, epoch);
    if (theirs === 0) {
      if (leads(site) && epoch > site.leadership.epoch) reassert(from);
      return;
    }
    const isHigher = priorityOf(members(), from) > priority();
    if (leads(site) && !isHigher) {
      if (epoch > site.leadership.epoch) reassert(from);
      else tell(from, priority());
      return;
    }
    if (leads(site)) stepBack(from);
    const claim = { epoch, primary: from, reason: `${cityOf(from)} advertises itself as primary.` };
    if (epoch < site.leadership.epoch) tell(from, 0);
    else if (outranks(claim, site.leadership, members())) believe(shell, claim);
    if (isHigher || site.view?.cluster.failback !== "preempt") heardMono = site.now.mono;
  }

  /** Of two primaries the one with the higher priority stays, whatever either has written. */
  function stepBack(from: SiteId): void {
    const reason = `${cityOf(from)} advertises a higher priority than ${cityOf(me)}, which steps back.`;
    believe(shell, { epoch: site.leadership.epoch, primary: null, reason });
    heardMono = site.now.mono;
  }

  /** It has never stepped back, so it announces nothing: whoever took the address meanwhile still gets the clients. */
  function reassert(from: SiteId): void {
    lead(
      `${cityOf(me)} never stepped back, and its priority is above that of ${cityOf(from)}: it goes past epoch ${claimed}.`,
    );
  }

  /** The cluster has been changed: whoever advertises itself goes on in an epoch of its own. */
  function renew(): void {
    if (!leads(site) || !owesEpoch(site.view, site.leadership)) return;
    lead(`${cityOf(me)} goes on advertising itself.`);
  }

  return {
    onView(before) {
      foundReign(shell, before);
      renew();
    },
    onMessage(from, message: SiteMessage) {
      if (message.type === "advert") onAdvert(from, message.epoch, message.priority);
    },
    onTick() {
      if (!isReady(shell)) {
        heardMono = site.now.mono;
        return;
      }
      const { mono } = site.now;
      claimed = Math.max(claimed, site.beats.challengedBy ?? 0);
      renew();
      if (leads(site)) {
        heardMono = mono;
        if (mono - advertMono >= rule().heartbeatMs) advertise();
      } else if (!doubt.isTilted() && silentMs() >= patienceMs()) takeOver(silentMs());
    },
    /** To the millisecond: the priorities' skews are what keeps two of them from taking over at once. */
    dueMs: () =>
      leads(site) ? rule().heartbeatMs - (site.now.mono - advertMono) : patienceMs() - silentMs(),
    show: () => ({
      vote: null,
      tilted: doubt.isTilted(),
      opinions:
        site.leadership.primary === null || isNamedPrimary(site)
          ? []
          : [{ site: site.leadership.primary, state: "up", silentMs: silentMs() }],
      doing: null,
    }),
  };
}
