import type { SiteId } from "../../protocol/ids";
import { cityOf, seconds } from "../../protocol/words";
import { isNamedPrimary, leads } from "../heartbeat";
import { outranks, owesEpoch } from "../leadership";
import type { Shell } from "../shell";
import { note, peersOf, record, type Site, send } from "../site";
import { believe, foundReign, isReady, keepActing } from "./believe";
import type { Part, SiteOpinion } from "./decider";
import type { SelfDoubt } from "./self-doubt";

/** Priorities by the order of the sites, as an administrator of keepalived gives them. */
export function priorityOf(members: readonly SiteId[], site: SiteId): number {
  const index = members.indexOf(site);
  return index === 0 ? 150 : Math.max(1, 110 - 10 * index);
}

/** What one peer knows of the others. Who leads, and since which epoch, is the site's: it is journalled. */
type Peer = {
  readonly shell: Shell;
  readonly doubt: SelfDoubt;
  /** When a primary of a high enough priority was last heard. */
  heardMono: number;
  /** When it last advertised itself. */
  advertMono: number;
  /** The highest epoch that anybody has claimed to this site. */
  claimed: number;
};

/**
 * Peers that advertise themselves (VRRP, keepalived): whoever hears no primary for long enough becomes one.
 * There is no quorum, nobody is asked, and nobody looks at a log.
 */
export function createPeer(shell: Shell, doubt: SelfDoubt): Part {
  const { site } = shell;
  const heardMono = site.now.mono;
  const peer: Peer = { shell, doubt, heardMono, advertMono: Number.NEGATIVE_INFINITY, claimed: 0 };
  return {
    onView(before) {
      foundReign(shell, before);
      renew(peer);
    },
    onMessage(from, message) {
      if (message.type === "advert") onAdvert(peer, from, message.epoch, message.priority);
    },
    onTick: () => tick(peer),
    /** To the millisecond: the priorities' skews are what keeps two of them from taking over at once. */
    dueMs: () =>
      leads(site) ? heartbeatMs(site) - (site.now.mono - peer.advertMono) : patienceMs(site) - silentMs(peer),
    show: () => ({ vote: null, tilted: doubt.isTilted(), opinions: opinionsOf(peer), doing: null }),
  };
}

function tick(peer: Peer): void {
  const { shell, doubt } = peer;
  const { site } = shell;
  const { mono } = site.now;
  if (!isReady(shell)) {
    peer.heardMono = mono;
    return;
  }
  peer.claimed = Math.max(peer.claimed, site.beats.challengedBy ?? 0);
  renew(peer);
  if (leads(site)) {
    peer.heardMono = mono;
    if (mono - peer.advertMono >= heartbeatMs(site)) advertise(peer);
  } else if (!doubt.isTilted() && silentMs(peer) >= patienceMs(site)) takeOver(peer);
}

function onAdvert(peer: Peer, from: SiteId, epoch: number, priority: number): void {
  const { site } = peer.shell;
  peer.claimed = Math.max(peer.claimed, epoch);
  if (priority === 0) {
    if (leads(site) && epoch > site.leadership.epoch) reassert(peer, from);
    return;
  }
  const members = site.view?.members ?? [];
  const isHigher = priorityOf(members, from) > ownPriority(site);
  if (leads(site) && !isHigher) {
    if (epoch > site.leadership.epoch) reassert(peer, from);
    else tell(site, from, ownPriority(site));
    return;
  }
  if (leads(site)) stepBack(peer, from);
  const claim = { epoch, primary: from, reason: `${cityOf(from)} advertises itself as primary.` };
  if (epoch < site.leadership.epoch) tell(site, from, 0);
  else if (outranks(claim, site.leadership, members)) believe(peer.shell, claim);
  if (isHigher || site.view?.cluster.failback !== "preempt") peer.heardMono = site.now.mono;
}

function takeOver(peer: Peer): void {
  const { site } = peer.shell;
  const me = site.identity.site;
  const before = site.leadership.primary;
  const city = cityOf(me);
  const silent = seconds(silentMs(peer));
  if (before !== null && before !== me) {
    const evidence = `${city} has heard no advertisement for ${silent}; its limit is ${seconds(patienceMs(site))}.`;
    record(site, { kind: "detect", target: before, state: "dead", evidence });
  }
  const heardNone = `${city} has heard no advertisement of its priority ${ownPriority(site)} or higher for ${silent}`;
  lead(peer, `${heardNone} and makes itself primary.`);
  note(site, `${city} announces the virtual address as its own (gratuitous ARP).`);
}

/** Of two primaries the one with the higher priority stays, whatever either has written. */
function stepBack(peer: Peer, from: SiteId): void {
  const { site } = peer.shell;
  const reason = `${cityOf(from)} advertises a higher priority than ${cityOf(site.identity.site)}, which steps back.`;
  believe(peer.shell, { epoch: site.leadership.epoch, primary: null, reason });
  peer.heardMono = site.now.mono;
}

/** It has never stepped back, so it announces nothing: whoever took the address meanwhile still gets the clients. */
function reassert(peer: Peer, from: SiteId): void {
  const above = `its priority is above that of ${cityOf(from)}: it goes past epoch ${peer.claimed}`;
  lead(peer, `${cityOf(peer.shell.site.identity.site)} never stepped back, and ${above}.`);
}

/** The cluster has been changed: whoever advertises itself goes on in an epoch of its own. */
function renew(peer: Peer): void {
  const { site } = peer.shell;
  if (!leads(site) || !owesEpoch(site.view, site.leadership)) return;
  lead(peer, `${cityOf(site.identity.site)} goes on advertising itself.`);
}

function lead(peer: Peer, reason: string): void {
  const { site } = peer.shell;
  const epoch = Math.max(site.epochSeen, site.leadership.epoch, peer.claimed) + 1;
  peer.heardMono = site.now.mono;
  believe(peer.shell, { epoch, primary: site.identity.site, reason });
  advertise(peer);
}

function advertise(peer: Peer): void {
  const { shell } = peer;
  peer.advertMono = shell.site.now.mono;
  keepActing(shell);
  for (const other of peersOf(shell.site)) tell(shell.site, other, ownPriority(shell.site));
}

/** With priority 0 it only says which epoch it knows of. */
function tell(site: Site, to: SiteId, priority: number): void {
  send(site, to, { type: "advert", epoch: site.leadership.epoch, priority }, "replication");
}

function ownPriority({ view, identity }: Site): number {
  return priorityOf(view?.members ?? [], identity.site);
}

function heartbeatMs({ view }: Site): number {
  return view?.cluster.detector.heartbeatMs ?? 1000;
}

/** VRRP's master down interval: three adverts, and a skew that lets the higher priority go first. */
function patienceMs(site: Site): number {
  const timeoutMs = site.view?.cluster.detector.timeoutMs ?? 3000;
  return timeoutMs + (heartbeatMs(site) * (256 - ownPriority(site))) / 256;
}

function silentMs({ shell, doubt, heardMono }: Peer): number {
  return shell.site.now.mono - Math.max(heardMono, doubt.countsFromMono());
}

function opinionsOf(peer: Peer): readonly SiteOpinion[] {
  const { site } = peer.shell;
  const { primary } = site.leadership;
  if (primary === null || isNamedPrimary(site)) return [];
  return [{ site: primary, state: "up", silentMs: silentMs(peer) }];
}
