import { createMachine } from "../engine/machine";
import { partsOf } from "../engine/parts";
import type { EngineIdentity, EngineSnapshot, JournalRecord } from "../engine/types";
import type { LinkInfo, LinkStatus } from "../net/link";
import { createMesh, type SiteMesh } from "../net/mesh";
import { relayOverSocket } from "../net/relay";
import type { Timing } from "../net/timing";
import type { CoordinatorToSite } from "../protocol/coordination/message";
import { type FaultState, healthySite, type SiteCondition } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import type { ClaimReply, SignalFrom, SocketAuth } from "../protocol/lab/wire";
import { limits } from "../protocol/limits";
import type { View } from "../protocol/view";
import type { Journal } from "../runtime/journal";
import type { Recorder } from "../runtime/recorder";
import { createRuntime, type Runtime, type RuntimeStop } from "../runtime/runtime";
import { createSlowJournal } from "../runtime/slow-journal";
import type { SiteClock } from "./clock";
import type { Connection, Peers } from "./connection";
import { engineParts, hasParts, loadParts } from "./engine-parts";
import { createLinkTally, kindOf, type LinkRate } from "./link-tally";
import { createPageHost, type PageHost } from "./page-host";

export type SiteHostOptions = {
  readonly claim: ClaimReply;
  readonly incarnation: number;
  readonly journal: Journal;
  /** Outlives the incarnation: its numbers go on. */
  readonly recorder: Recorder;
  readonly clock: SiteClock;
  readonly timing: Timing;
  readonly connection: Connection;
  readonly auth: () => SocketAuth;
  readonly onChange: () => void;
  readonly onStopped: (why: RuntimeStop) => void;
  readonly onDropped: (name: string) => void;
};

/** One incarnation of the site in this tab: its engine, links, page and trace. It starts once and stops once. */
export type SiteHost = {
  /** `records` is what the journal held. Faults and peers come first, so that nothing is served outside of them. */
  readonly start: (records: readonly JournalRecord[], hidden: boolean) => void;
  readonly setFaults: (faults: FaultState) => void;
  readonly setPeers: (peers: Peers) => void;
  readonly signal: (signal: SignalFrom) => void;
  readonly coordination: (message: CoordinatorToSite) => void;
  readonly runtime: Runtime;
  readonly page: PageHost;
  readonly snapshot: () => EngineSnapshot;
  readonly links: () => readonly LinkInfo[];
  /** Messages handed to each link since the last call. */
  readonly takeRates: () => ReadonlyMap<SiteId, LinkRate>;
  readonly dropped: () => Readonly<Record<string, number>>;
  readonly isPaused: () => boolean;
  /**
   * `crash`: like a killed process, every connection of the site is closed. `leave`: the page goes away and
   * says so; its links are closed, and the connection to the server is left to its owner to close.
   */
  readonly stop: (how: "crash" | "leave") => void;
};

/** Puts one incarnation together. Nothing runs before `start`. */
export function createSiteHost(options: SiteHostOptions): SiteHost {
  const { claim, clock, connection, incarnation, recorder, timing } = options;
  const site = claim.site;
  const identity: EngineIdentity = { site, index: claim.index, incarnation };
  const tally = createLinkTally();
  const up = new Set<SiteId>();
  let present: Peers = [];
  let condition: SiteCondition = healthySite;
  let started = false;
  let stopped = false;
  /** What the coordinator has said since a view whose part of the engine is still being loaded, that view first. */
  let heldBack: CoordinatorToSite[] | null = null;
  let shown: EngineSnapshot | null = null;

  const runtime = createRuntime(createMachine(identity, engineParts), {
    now: clock.now,
    timing,
    journal: createSlowJournal(options.journal, timing, () => condition.diskDelayMs),
    send: (to, lane, payload) => mesh.send(to, lane, "engine", payload),
    coordinate: connection.coordinate,
    recorder: {
      ...recorder,
      sent: (to, message, size) => {
        tally.count(to, kindOf(message));
        recorder.sent(to, message, size);
      },
    },
    onChange: () => {
      shown = null;
      options.onChange();
    },
    onStopped: options.onStopped,
    onDropped: options.onDropped,
  });

  const mesh: SiteMesh = openMesh(options, {
    onMessage: (from, port, _lane, payload) => {
      if (port === "engine") runtime.receive(from, payload);
      else if (!condition.paused) page.receive(from, payload);
    },
    onChange: (info) => {
      if (up.has(info.to) !== (info.status === "up")) turned(info.to, info.status);
      options.onChange();
    },
  });

  const page = createPageHost({
    site,
    city: claim.city,
    clientId: incarnation * limits.sitesPerPod + claim.index,
    wall: () => clock.now().wall,
    peers: () => [...up],
    send: (to, payload) => {
      tally.count(to, "page");
      mesh.send(to, "stream", "page", payload);
    },
    onChange: options.onChange,
    onBad: options.onDropped,
  });

  function turned(peer: SiteId, status: LinkStatus): void {
    const isUp = status === "up";
    if (isUp) up.add(peer);
    else up.delete(peer);
    runtime.link(peer, isUp);
    page.link(peer, isUp, status === "cut");
  }

  /** A new incarnation of a peer has a new link, and no link to it is up yet. */
  function setPeers(peers: Peers): void {
    const stays = (peer: SiteId) => incarnationOf(peers, peer) === incarnationOf(present, peer);
    for (const peer of [...up]) if (!stays(peer)) turned(peer, "connecting");
    present = peers;
    mesh.setPeers(peers);
  }

  function setFaults(faults: FaultState): void {
    const before = condition;
    condition = faults.sites.find((entry) => entry.site === site)?.condition ?? healthySite;
    clock.setCondition(condition);
    mesh.setFaults(faults);
    if (started && condition.applyPerSec !== before.applyPerSec) runtime.condition(condition.applyPerSec);
    if (condition.paused) runtime.pause();
    else runtime.resume();
    if (before.paused && !condition.paused) page.resync();
    options.onChange();
  }

  function coordination(message: CoordinatorToSite): void {
    if (heldBack !== null) heldBack.push(message);
    else if (message.type === "view" && !hasParts(partsOf(message.view.cluster))) {
      heldBack = [message];
      void loadParts(partsOf(message.view.cluster)).then(catchUp);
    } else obey(message);
  }

  function catchUp(): void {
    const due = heldBack ?? [];
    heldBack = null;
    if (!stopped) for (const message of due) coordination(message);
  }

  function obey(message: CoordinatorToSite): void {
    runtime.coordination(message);
    if (message.type === "view") enterGeneration(message.view);
  }

  function enterGeneration({ generation, seed }: View): void {
    page.enter(generation, seed === null);
  }

  function stop(how: "crash" | "leave"): void {
    stopped = true;
    if (how === "crash") runtime.crash();
    else runtime.leave();
    recorder.flush();
    page.close();
    mesh.close();
    if (how === "crash") connection.closeSite();
    options.journal.close();
  }

  return {
    start: (records, hidden) => {
      runtime.start(records);
      started = true;
      if (condition.applyPerSec !== null) runtime.condition(condition.applyPerSec);
      const { view } = runtime.snapshot();
      if (view !== null) enterGeneration(view);
      if (hidden) runtime.visibility(true);
      connection.openSite();
    },
    setFaults,
    setPeers,
    signal: ({ from, fromIncarnation, signal }) =>
      mesh.signal({ site: from, incarnation: fromIncarnation }, signal),
    coordination,
    runtime,
    page,
    snapshot: () => {
      shown ??= runtime.snapshot();
      return shown;
    },
    links: mesh.links,
    takeRates: tally.take,
    dropped: mesh.dropped,
    isPaused: () => condition.paused,
    stop,
  };
}

function incarnationOf(peers: Peers, site: SiteId): number | null {
  return peers.find((peer) => peer.site === site)?.incarnation ?? null;
}

function openMesh(options: SiteHostOptions, events: Parameters<typeof createMesh>[0]["events"]): SiteMesh {
  const { claim, connection, incarnation, timing } = options;
  const hasWebRtc = typeof RTCPeerConnection !== "undefined";
  return createMesh({
    self: { site: claim.site, incarnation },
    sendSignal: (to, signal) => connection.signal({ to: to.site, toIncarnation: to.incarnation, signal }),
    openRelay: relayOverSocket(window.location.origin, options.auth),
    makePeerConnection: hasWebRtc ? () => new RTCPeerConnection({ iceServers: iceServersOf(claim) }) : null,
    timing,
    seed: claim.index,
    events,
  });
}

/** A server without a host stands for the page's own: the lab's STUN responder is where the lab is. */
function iceServersOf(claim: ClaimReply): RTCIceServer[] {
  return claim.iceServers.map(({ urls, username, credential }) => ({
    urls: urls.replace(/^(stuns?|turns?):(?=:)/, `$1:${window.location.hostname}`),
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
}
