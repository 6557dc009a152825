import { unreachable } from "../kernel/assert";
import type { CoordinatorToSite } from "../protocol/coordination/message";
import type { SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { SiteMessage } from "../protocol/site/message";
import type { View } from "../protocol/view";
import { giveUp } from "./answer";
import { createDecider, type Decider } from "./deciding/decider";
import { beat, noteTick, onBeatReply } from "./heartbeat";
import { compact } from "./journal";
import type { Parts } from "./parts";
import { recover } from "./recovery";
import { onDeadline, openClient, openForwarded } from "./requests";
import { createMode, type Shell } from "./shell";
import { coordinate, createSite, isQuiet, openGates, record, runLastly, type Site, setTimer } from "./site";
import { snapshotOf } from "./snapshot";
import { settleRole } from "./standing";
import type { Engine, EngineIdentity, EngineInput, EngineOutput, TimerId } from "./types";
import { enterView, installCopy, obeyView, onCopyRequest, resendMs, retryCopy } from "./views";

/**
 * Creates one site's replication engine (rules: SPEC.md). The host gives it one input at a time,
 * carries out the outputs in order, and starts with `start`. `parts` may grow while it runs.
 */
export function createMachine(identity: EngineIdentity, parts: Parts): Engine {
  const site = createSite(identity, parts);
  const shell: Shell = { site, mode: createMode("log", site), rebuild: null };
  const decider = createDecider(shell);

  function step(input: EngineInput): readonly EngineOutput[] {
    if (site.left) return [];
    site.now = input.now;
    site.outputs = [];
    const beats = site.beats.number;
    const { view } = site;
    handle(shell, input);
    decide(site, decider, input, view);
    runLastly(site);
    // A new role is told at once, unless the heartbeat that tells it has just gone out.
    if (settleRole(shell) && site.beats.number === beats && !site.left) beat(site, shell.mode);
    if (site.journalRecords > limits.logEntries) compact(site, shell.mode);
    return site.outputs;
  }

  return { identity, step, snapshot: () => snapshotOf(shell, decider.show()) };
}

function handle(shell: Shell, input: EngineInput): void {
  const { site } = shell;
  switch (input.type) {
    case "start":
      recover(shell, input.journal);
      if (site.view !== null) {
        setTimer(site, "resend", resendMs(site.view));
        enterView(shell, null);
      }
      return;
    case "message":
      onMessage(shell, input.from, input.message);
      return;
    case "coordination":
      onCoordination(shell, input.message);
      return;
    case "client":
      openClient(shell, input);
      return;
    case "timer":
      onTimer(shell, input.id);
      return;
    case "persisted":
      onPersisted(shell, input.seq);
      return;
    case "link":
      site.linkUp.set(input.peer, input.up);
      if (shell.rebuild === null && site.view !== null) shell.mode.onLink(input.peer, input.up);
      return;
    case "leave":
      leave(shell);
      return;
    case "visibility":
      site.hidden = input.hidden;
      beat(site, shell.mode);
      return;
    case "condition":
      site.applyPerSec = input.applyPerSec;
      if (shell.rebuild === null && site.view !== null) shell.mode.onTimer("apply");
      return;
    case "dismiss-discarded":
      site.discarded = [];
      compact(site, shell.mode);
      return;
    default:
      unreachable(input);
      return;
  }
}

/** What the sites settle among themselves goes on also while this one copies its data. */
function decide(site: Site, decider: Decider, input: EngineInput, before: View | null): void {
  if (site.view !== before) decider.onView(before);
  if (input.type === "message" && site.view?.members.includes(input.from)) {
    decider.onMessage(input.from, input.message);
  } else if (input.type === "timer" && input.id === "watch") decider.onTick();
}

function onCoordination(shell: Shell, message: CoordinatorToSite): void {
  if (message.type === "view") obeyView(shell, message.view);
  else if (message.type === "beat-reply") onBeatReply(shell.site, shell.mode, message);
  else if (message.viewNumber === shell.site.view?.number) shell.mode.rejoin?.();
}

/** Members of the view in force are heard; a spare site outside it may only forward to them. */
function onMessage(shell: Shell, from: SiteId, message: SiteMessage): void {
  const { site, mode, rebuild } = shell;
  if (message.type === "forward") {
    openForwarded(shell, from, message);
    return;
  }
  if (site.view?.members.includes(from) !== true) return;
  if (message.type === "copy-request") {
    onCopyRequest(shell, from, message.generation);
    return;
  }
  if (rebuild !== null) {
    if (message.type === "copy") installCopy(shell, from, message);
    return;
  }
  mode.onMessage(from, message);
}

function onTimer(shell: Shell, id: TimerId): void {
  const { site, mode } = shell;
  if (id === "watch") return;
  if (id === "heartbeat" || id === "resend") noteTick(site);
  if (id === "heartbeat") {
    beat(site, mode);
    return;
  }
  if (id === "resend") {
    if (site.view !== null) setTimer(site, "resend", resendMs(site.view));
    if (shell.rebuild !== null) retryCopy(shell);
    else mode.onTimer(id);
    return;
  }
  if (id === "anti-entropy" || id === "apply" || id === "election") {
    if (shell.rebuild === null) mode.onTimer(id);
    return;
  }
  onDeadline(shell, id.slice("deadline:".length));
}

function onPersisted({ site, mode }: Shell, seq: number): void {
  const before = site.persistedRecords;
  openGates(site, seq);
  const records = site.persistedRecords - before;
  if (records > 0) record(site, { kind: "persist", position: mode.position(), records });
  // Whoever drains the cluster waits to hear that everything accepted here is on disk.
  if (site.view?.phase === "draining" && isQuiet(site) && records > 0) beat(site, mode);
}

/** The page is closing: answer what is open, give the lease back, and do nothing more. */
function leave({ site, mode }: Shell): void {
  const why = "The tab of this site was closed.";
  for (const request of [...site.requests.values()]) {
    giveUp(site, request, { error: request.mayHaveHappened ? "CONNECTION_LOST" : "SITE_DOWN", why });
  }
  if (site.view !== null) {
    const { incarnation } = site.identity;
    coordinate(site, {
      type: "release",
      incarnation,
      epoch: site.leadership.epoch,
      position: mode.position(),
    });
  }
  site.left = true;
}
