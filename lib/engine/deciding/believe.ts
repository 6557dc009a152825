import type { SiteId } from "../../protocol/ids";
import type { View } from "../../protocol/view";
import { cityOf } from "../../protocol/words";
import { beat, isNamedPrimary, leads, voidGrants } from "../heartbeat";
import { persistMeta } from "../journal";
import { isFirstWord, type Leadership } from "../leadership";
import type { Shell } from "../shell";
import { isMember } from "../site";
import { settleRole } from "../standing";

/**
 * The sites have settled who is primary: this one obeys. Naming this site makes it primary at once, since
 * nobody else grants anything. The epoch is journalled before anything written in it can be.
 */
export function believe(shell: Shell, leadership: Leadership): void {
  const { site } = shell;
  site.leadership = leadership;
  site.epochSeen = Math.max(site.epochSeen, leadership.epoch);
  voidGrants(site, null);
  if (shell.rebuild === null) shell.mode.onView(site.view);
  if (isNamedPrimary(site)) assume(shell);
  persistMeta(site);
  settleRole(shell);
  beat(site, shell.mode);
}

/** This site is named primary by whoever decides here: from now on it acts as one. */
export function assume(shell: Shell): void {
  shell.site.beats.granted = true;
  shell.site.beats.challengedBy = null;
  keepActing(shell);
}

/** Once a heartbeat: what elsewhere follows from the coordinator's answer to one, a primary here does by itself. */
export function keepActing({ site, mode }: Shell): void {
  if (leads(site)) mode.onRecorded(site.beats.number, []);
}

/** True while this site could serve as primary: a member with its data, not paused by the operator. */
export function isReady({ site, rebuild }: Shell): boolean {
  return rebuild === null && isMember(site) && site.view?.phase === "serving";
}

/** Who is the first primary of data that nobody has reigned over: whoever has it, else the first of the list. */
export function founderOf({ seed, members }: View): SiteId | null {
  return seed ?? members[0] ?? null;
}

/** The founder begins the first reign, unless an earlier life of it may have led already. */
export function foundReign(shell: Shell, before: View | null): void {
  const { site } = shell;
  const { view, identity } = site;
  if (view === null || view.primary !== null || founderOf(view) !== identity.site || !isReady(shell)) return;
  const isFirstLife = before !== null || identity.incarnation === 1;
  if (!isFirstWord(view, before) || !isFirstLife || leads(site)) return;
  const epoch = Math.max(1, view.epoch, site.epochAtStart + 1);
  const why = view.seed === null ? "it leads the list of sites" : "it holds the data";
  believe(shell, {
    epoch,
    primary: identity.site,
    reason: `${cityOf(identity.site)} is the first primary: ${why}.`,
  });
}
