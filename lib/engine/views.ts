import { must } from "../kernel/assert";
import type { SiteId } from "../protocol/ids";
import type { SiteMessageOf } from "../protocol/site/message";
import type { View } from "../protocol/view";
import { giveUp } from "./answer";
import { noteDiscarded } from "./discard";
import { beat, voidGrants } from "./heartbeat";
import { compact, persistMeta } from "./journal";
import { leadershipAfter } from "./leadership";
import { createMode, kindOf, type Shell } from "./shell";
import { atEnd, copyPatienceMs, isMember, peersOf, send, setTimer } from "./site";
import { settleRole } from "./standing";

/** How often unanswered messages are looked at again, in ms. */
export function resendMs(view: View): number {
  return Math.min(250, Math.max(50, view.cluster.detector.heartbeatMs / 4));
}

/** Obeys a view from the coordinator if it is newer than the one in force. */
export function obeyView(shell: Shell, view: View): void {
  const { site } = shell;
  const before = site.view;
  if (before !== null && view.number <= before.number) return;
  // An earlier life without a disk left no memory of its epochs; the first view tells how far it may have come.
  if (before === null && site.identity.incarnation > 1) site.epochAtStart = view.epoch;
  site.view = view;
  const led = site.leadership;
  site.leadership = leadershipAfter(view, led, before);
  const { epoch, primary } = site.leadership;
  site.epochSeen = Math.max(site.epochSeen, epoch);
  if (before === null || led.epoch !== epoch || led.primary !== primary) voidGrants(site, null);
  enterView(shell, before);
  if (before === null) setTimer(site, "resend", resendMs(view));
}

/** Brings the data to the generation of the view in force, then lets the mode act on the view. */
export function enterView(shell: Shell, before: View | null): void {
  const { site } = shell;
  const view = site.view;
  if (view === null) return;
  if (site.generation < view.generation) changeGeneration(shell, view);
  else if (shell.mode.kind !== kindOf(view)) convert(shell, view);
  else site.blank = false;
  if (shell.rebuild === null) shell.mode.onView(before);
  persistMeta(site);
  settleRole(shell);
  beat(site, shell.mode);
}

function changeGeneration(shell: Shell, view: View): void {
  const { site } = shell;
  const me = site.identity.site;
  closeRequests(shell, "The cluster has been reconfigured.");
  site.generationSince = view.epoch;
  shell.rebuild = null;
  const alone = peersOf(site).length === 0;
  if (!isMember(site)) forget(shell, view);
  else if (view.seed === null) startEmpty(shell, view);
  else if (view.seed === me && (alone || !site.blank)) convert(shell, view);
  // A seed whose disk was lost has nothing to give; whoever already copied from it has.
  else askForCopy(shell, view.seed === me ? must(peersOf(site)[0], "not alone") : view.seed);
}

/** A spare outside the members holds nothing of the new generation; its disk is left as it is. */
function forget(shell: Shell, view: View): void {
  shell.site.gates = [];
  shell.mode = createMode(kindOf(view), shell.site);
}

/** The seed of a generation keeps its own data, in the form that the new mode needs. */
function convert(shell: Shell, view: View): void {
  const { site } = shell;
  const data = shell.mode.portable();
  noteDiscarded(site, data.lost);
  site.gates = [];
  shell.mode = createMode(kindOf(view), site);
  site.history = [];
  shell.mode.adopt(data);
  beginGeneration(shell, view);
}

function startEmpty(shell: Shell, view: View): void {
  const { site } = shell;
  site.gates = [];
  shell.mode = createMode(kindOf(view), site);
  site.history = [];
  site.shadow = {};
  site.discarded = [];
  beginGeneration(shell, view);
}

function beginGeneration(shell: Shell, view: View): void {
  const { site } = shell;
  site.generation = view.generation;
  site.blank = false;
  shell.rebuild = null;
  compact(site, shell.mode);
  atEnd(site, () => {
    const askers = [...site.copyAskers];
    site.copyAskers.clear();
    for (const asker of askers) giveCopy(shell, asker);
  });
}

/** Another site wants everything. Its view may have come before this site's own: then it is answered later. */
export function onCopyRequest(shell: Shell, from: SiteId, generation: number): void {
  if (generation === shell.site.generation) giveCopy(shell, from);
  else if (generation > shell.site.generation) shell.site.copyAskers.add(from);
}

function giveCopy({ site, mode }: Shell, to: SiteId): void {
  const { generation } = site;
  send(site, to, { type: "copy", epoch: site.leadership.epoch, generation, copy: mode.copy() }, "stream");
}

function askForCopy(shell: Shell, from: SiteId): void {
  const { site } = shell;
  const generation = site.view?.generation ?? 0;
  const asked = [...new Set([...(shell.rebuild?.asked ?? []), from])];
  shell.rebuild = { asked, source: from, askedMono: site.now.mono };
  send(site, from, { type: "copy-request", generation }, "stream");
}

/** Asks again, and asks another member, when the copy does not come. */
export function retryCopy(shell: Shell): void {
  const { site, rebuild } = shell;
  const peers = peersOf(site);
  if (rebuild === null || site.view === null || peers.length === 0) return;
  if (site.now.mono - rebuild.askedMono < copyPatienceMs(site)) return;
  const next = peers[site.random.below(peers.length)];
  if (next !== undefined) askForCopy(shell, next);
}

/** Starts this site from the copy it asked for. */
export function installCopy(shell: Shell, from: SiteId, message: SiteMessageOf<"copy">): void {
  const { site, rebuild } = shell;
  const { view } = site;
  if (view === null || !rebuild?.asked.includes(from) || message.generation !== view.generation) return;
  if (message.copy.kind !== kindOf(view)) return;
  const lost = shell.mode.lostTo(message.copy);
  site.gates = [];
  shell.mode = createMode(message.copy.kind, site);
  site.shadow = {};
  shell.mode.install(message.copy);
  noteDiscarded(site, lost);
  beginGeneration(shell, view);
  shell.mode.onView(null);
  settleRole(shell);
  beat(site, shell.mode);
}

/** Ends every open request: as unknown where it may have happened, else as failed. */
function closeRequests({ site }: Shell, why: string): void {
  for (const request of [...site.requests.values()]) giveUp(site, request, { error: "REBUILDING", why });
}
