import { type FaultState, noFaults } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import type { Signal } from "../protocol/lab/wire";
import { limits } from "../protocol/limits";
import type { Mesh, MeshEvents, Peer } from "./link";
import { createPermits } from "./permits";
import type { OpenRelay, RelayEvents } from "./relay";
import { createDirectPath } from "./rtc";
import { createSiteLink, type SiteLink } from "./site-link";
import type { Timing } from "./timing";

/** How often each link says "I am here". A beat later than twice this means that the page slept. */
const beatMs = 1_000;

/**
 * A peer that left the list keeps its link for so long while that is direct and alive: it may only
 * have lost the server for a moment, or the server may be starting again.
 */
const absenceMs = 15_000;

/** The mesh of a live tab: WebRTC where it can be had, the relay where not. */
export type SiteMesh = Mesh & {
  /**
   * Puts the pod's faults in force; older versions than the last are ignored. It must be called
   * with the present faults before or with the first `setPeers`: what a tab sends without knowing
   * of a cut that is over is taken for a frame that died in it.
   */
  readonly setFaults: (faults: FaultState) => void;
  /** Takes a signal that the server says comes from this incarnation of that site. */
  readonly signal: (from: Peer, signal: Signal) => void;
  /** Bytes accepted for this site and not yet handed to the network. */
  readonly bufferedBytes: (to: SiteId) => number;
  /** Counts of what was dropped, by the error's name. */
  readonly dropped: () => Readonly<Record<string, number>>;
};

export type MeshOptions = {
  readonly self: Peer;
  readonly sendSignal: (to: Peer, signal: Signal) => void;
  readonly openRelay: OpenRelay;
  /** Makes a peer connection with the lab's ICE servers; null where the browser has no WebRTC. */
  readonly makePeerConnection: (() => RTCPeerConnection) | null;
  readonly timing: Timing;
  /** Of the fault layer's randomness. */
  readonly seed: number;
  readonly events: MeshEvents;
};

/**
 * Creates the mesh of one site. It owns every connection of the tab: `close` ends them all before
 * it returns, so that it can be called on `pagehide`.
 */
export function createMesh(options: MeshOptions): SiteMesh {
  const { self, timing } = options;
  const links = new Map<SiteId, SiteLink>();
  /** Peers with a link that are not in the list now, and since when. */
  const absent = new Map<SiteId, number>();
  const dropped: Record<string, number> = {};
  const permits = createPermits(timing);
  let faults = noFaults;
  let lastNumber = 0;
  let beatAt = timing.now();
  let cancelBeat = timing.after(beatMs, beat);

  const relayEvents: RelayEvents = {
    onFrame(from, frame) {
      const link = linkOf(from);
      if (link === undefined) count("relay-stranger");
      else link.relayFrame(frame);
    },
    onReachable: (reachable) => everyLink((link) => link.relayReachable(reachable)),
    onDrain: () => everyLink((link) => link.relayDrained()),
  };
  const relay = options.openRelay(relayEvents, timing);

  function nextNumber(): number {
    lastNumber += 1;
    return lastNumber;
  }

  function count(error: string): void {
    dropped[error] = (dropped[error] ?? 0) + 1;
  }

  function everyLink(act: (link: SiteLink) => void): void {
    for (const link of links.values()) act(link);
  }

  function linkOf(peer: Peer): SiteLink | undefined {
    const link = links.get(peer.site);
    return link?.incarnation === peer.incarnation ? link : undefined;
  }

  function beat(): void {
    const isLate = timing.now() - beatAt > 2 * beatMs;
    beatAt = timing.now();
    cancelBeat = timing.after(beatMs, beat);
    everyLink((link) => link.beat(isLate));
    for (const [site, since] of absent) if (!isKept(site) || timing.now() - since > absenceMs) drop(site);
  }

  function isKept(site: SiteId): boolean {
    const via = links.get(site)?.info().via ?? "relay";
    return via !== "relay";
  }

  function drop(site: SiteId): void {
    links.get(site)?.close();
    links.delete(site);
    absent.delete(site);
  }

  function setPeers(peers: readonly Peer[]): void {
    const wanted = peers.filter((peer) => peer.site !== self.site).slice(0, limits.linksPerTab);
    for (const [site, link] of links) {
      const named = wanted.find((peer) => peer.site === site);
      if (named === undefined && isKept(site)) absent.set(site, absent.get(site) ?? timing.now());
      else if (named?.incarnation !== link.incarnation) drop(site);
      else if (absent.delete(site)) link.announce();
    }
    for (const peer of wanted) if (!links.has(peer.site)) open(peer);
  }

  function open(peer: Peer): void {
    const make = options.makePeerConnection;
    const isInitiator = self.site < peer.site;
    const link = createSiteLink({
      self: self.site,
      peer,
      seed: options.seed,
      timing,
      nextNumber,
      relay,
      openDirect:
        make === null
          ? null
          : (events) => createDirectPath({ isInitiator, make, permits, timing, nextNumber, events }),
      onSignal: (signal) => options.sendSignal(peer, signal),
      count,
      events: {
        onMessage: options.events.onMessage,
        onChange(info) {
          if (!absent.has(info.to)) options.events.onChange(info);
        },
      },
    });
    links.set(peer.site, link);
    link.setFaults(faults);
    link.relayReachable(relay.isReachable());
  }

  return {
    setPeers,
    send(to, lane, port, payload) {
      const link = links.get(to);
      if (link === undefined) count("link-unknown-site");
      else link.send(lane, port, payload);
    },
    links: () => [...links].filter(([site]) => !absent.has(site)).map(([, link]) => link.info()),
    setFaults(next) {
      if (next.version < faults.version) return;
      faults = next;
      everyLink((link) => link.setFaults(next));
    },
    signal: (from, signal) => linkOf(from)?.signal(signal),
    bufferedBytes: (to) => links.get(to)?.bufferedBytes() ?? 0,
    dropped: () => dropped,
    close() {
      cancelBeat();
      for (const site of [...links.keys()]) drop(site);
      relay.close();
    },
  };
}
