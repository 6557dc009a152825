import { createMachine } from "../engine/machine";
import type { EngineIdentity, EngineSnapshot, JournalRecord } from "../engine/types";
import type { LinkInfo } from "../net/link";
import type { Timing } from "../net/timing";
import type { CoordinatorToSite } from "../protocol/coordination/message";
import { type FaultState, healthySite, type SiteCondition } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import type { ClaimReply, SignalFrom, SocketAuth } from "../protocol/lab/wire";
import { limits } from "../protocol/limits";
import type { Journal } from "../runtime/journal";
import type { Recorder } from "../runtime/recorder";
import { createRuntime, type Runtime, type RuntimeStop } from "../runtime/runtime";
import { createSlowJournal } from "../runtime/slow-journal";
import type { SiteClock } from "./clock";
import type { Connection, Peers } from "./connection";
import { engineParts } from "./engine-parts";
import { createLinkTally, kindOf, type LinkRate, type LinkTally } from "./link-tally";
import { createPageHost, type PageHost } from "./page-host";
import { createPartsGate } from "./parts-gate";
import { createSiteLinks, type SiteLinks } from "./site-links";

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
  const { claim, clock, connection, incarnation, recorder, timing, onChange } = options;
  const { site, city, index } = claim;
  const identity: EngineIdentity = { site, index, incarnation };
  const tally = createLinkTally();
  let condition: SiteCondition = healthySite;
  let started = false;
  let shown: EngineSnapshot | null = null;

  const runtime = createRuntime(createMachine(identity, engineParts), {
    ...{ timing, now: clock.now, coordinate: connection.coordinate },
    journal: createSlowJournal(options.journal, timing, () => condition.diskDelayMs),
    send: (to, lane, payload) => links.send(to, lane, "engine", payload),
    recorder: tallied(recorder, tally),
    onChange: () => {
      shown = null;
      onChange();
    },
    ...{ onStopped: options.onStopped, onDropped: options.onDropped },
  });
  const links: SiteLinks = createSiteLinks({
    ...{ claim, incarnation, connection, timing, onChange, auth: options.auth },
    onMessage: (from, port, payload) => {
      if (port === "engine") runtime.receive(from, payload);
      else if (!condition.paused) page.receive(from, payload);
    },
    onTurned(peer, isUp, status) {
      runtime.link(peer, isUp);
      page.link(peer, isUp, status === "cut");
    },
  });
  const page = createPageHost({
    ...{ site, city, onChange, onBad: options.onDropped },
    clientId: incarnation * limits.sitesPerPod + index,
    wall: () => clock.now().wall,
    peers: links.up,
    send: (to, payload) => {
      tally.count(to, "page");
      links.send(to, "stream", "page", payload);
    },
  });
  const gate = createPartsGate((message) => {
    runtime.coordination(message);
    if (message.type === "view") page.enter(message.view.generation, message.view.seed === null);
  });

  return {
    start: (records, hidden) => {
      runtime.start(records);
      started = true;
      if (condition.applyPerSec !== null) runtime.condition(condition.applyPerSec);
      const { view } = runtime.snapshot();
      if (view !== null) page.enter(view.generation, view.seed === null);
      if (hidden) runtime.visibility(true);
      connection.openSite();
    },
    setFaults(faults) {
      const before = condition;
      condition = faults.sites.find((entry) => entry.site === site)?.condition ?? healthySite;
      clock.setCondition(condition);
      links.setFaults(faults);
      if (started && condition.applyPerSec !== before.applyPerSec) runtime.condition(condition.applyPerSec);
      if (condition.paused) runtime.pause();
      else runtime.resume();
      if (before.paused && !condition.paused) page.resync();
      onChange();
    },
    setPeers: links.setPeers,
    signal: ({ from, fromIncarnation, signal }) =>
      links.signal({ site: from, incarnation: fromIncarnation }, signal),
    coordination: gate.pass,
    ...{ runtime, page },
    snapshot: () => {
      shown ??= runtime.snapshot();
      return shown;
    },
    ...{ links: links.links, takeRates: tally.take, dropped: links.dropped },
    isPaused: () => condition.paused,
    stop(how) {
      gate.close();
      if (how === "crash") runtime.crash();
      else runtime.leave();
      recorder.flush();
      page.close();
      links.close();
      if (how === "crash") connection.closeSite();
      options.journal.close();
    },
  };
}

/** Counts for each link what is recorded as sent over it. */
function tallied(recorder: Recorder, tally: LinkTally): Recorder {
  return {
    ...recorder,
    sent(to, message, size) {
      tally.count(to, kindOf(message));
      recorder.sent(to, message, size);
    },
  };
}
