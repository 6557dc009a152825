import type { SiteId } from "../../../protocol/ids";
import type { SiteMessageOf } from "../../../protocol/site/message";
import { cityOf } from "../../../protocol/words";
import { persistMeta } from "../../journal";
import { note, send, whenDurable } from "../../site";
import { isDown } from "./down";
import { onVote, pacesOf, yieldTo } from "./election";
import { type Monitor, watchedPrimary } from "./monitor";

/** One vote an epoch, for whoever asks first, on disk before it is told. */
export function onDownQuery(
  monitor: Monitor,
  from: SiteId,
  { about, epoch, candidate }: SiteMessageOf<"down-query">,
): void {
  const { shell, doubt } = monitor;
  const { site } = shell;
  const me = site.identity.site;
  monitor.epochHeard = Math.max(monitor.epochHeard, epoch);
  const mayVote = candidate && !doubt.isTilted() && !isForgetful(monitor);
  if (mayVote && epoch > Math.max(site.vote?.epoch ?? 0, site.configuration?.epoch ?? 0)) {
    site.vote = { epoch, leader: from };
    yieldTo(monitor, epoch);
    persistMeta(site);
    note(site, `The monitor of ${cityOf(me)} votes for that of ${cityOf(from)} in epoch ${epoch}.`);
  }
  const down = doubt.isTilted() ? null : isDown(monitor, about) && about === watchedPrimary(monitor);
  const { vote } = site;
  whenDurable(site, () => send(site, from, { type: "down-answer", about, down, vote }, "replication"));
}

/** A monitor that lost its disk may have voted: it abstains until no election of before can still be won. */
function isForgetful({ shell: { site }, startedMono }: Monitor): boolean {
  if (site.view === null || site.identity.incarnation === 1 || site.vote !== null) return false;
  return site.now.mono - startedMono < 2 * pacesOf(site.view.cluster).electionMs;
}

export function onDownAnswer(
  monitor: Monitor,
  from: SiteId,
  { about, down, vote }: SiteMessageOf<"down-answer">,
): void {
  const { site } = monitor.shell;
  if (down === null) monitor.answers.delete(from);
  else monitor.answers.set(from, { mono: site.now.mono, about, down });
  monitor.epochHeard = Math.max(monitor.epochHeard, vote?.epoch ?? 0);
  if (vote?.leader === site.identity.site) onVote(monitor, from, vote.epoch);
}
