import type { SiteId } from "../../../protocol/ids";
import type { SiteMessageOf } from "../../../protocol/site/message";
import type { View } from "../../../protocol/view";
import { cityOf } from "../../../protocol/words";
import { isNamedPrimary, leads } from "../../heartbeat";
import { persistMeta } from "../../journal";
import { isFirstWord, type Leadership, outranks } from "../../leadership";
import type { Shell } from "../../shell";
import { peersOf, send } from "../../site";
import { assume, believe, founderOf } from "../believe";
import { isMonitor, type Monitor } from "./monitor";
import type { Account } from "./watch";

/** Before anything was decided the primary is the one that was configured, as in a Sentinel's own file. */
export function initialConfiguration({ shell: { site } }: Monitor, before: View | null): void {
  const { view, leadership } = site;
  const isNew = before !== null && view !== null && isFirstWord(view, before);
  if (view === null || (site.configuration !== null && !isNew)) return;
  const founder = founderOf(view);
  const reason = founder === null ? "" : `${cityOf(founder)} was configured as the first primary.`;
  if (leadership.primary !== null) site.configuration = leadership;
  else if (view.primary !== null) {
    site.configuration = { epoch: view.epoch, primary: view.primary, reason: view.reason };
  } else site.configuration = { epoch: 0, primary: founder, reason };
}

export function onConfiguration(
  monitor: Monitor,
  { epoch, primary, reason, converts }: SiteMessageOf<"configuration">,
): void {
  const { shell } = monitor;
  const claim = { epoch, primary, reason };
  if (isMonitor(shell)) configure(monitor, claim);
  obey(shell, claim, converts);
}

/** Whoever leads a later epoch than is configured was promoted: that is the configuration now. */
export function adopt(monitor: Monitor, from: SiteId, { leads: isLeading, epoch }: Account): void {
  const { site } = monitor.shell;
  if (!isLeading || epoch <= (site.configuration?.epoch ?? 0)) return;
  const isOwn = from === site.identity.site;
  const reason = isOwn ? site.leadership.reason : `${cityOf(from)} has become primary in epoch ${epoch}.`;
  configure(monitor, { epoch, primary: from, reason });
  publish(monitor);
}

/** Tells every site whom this monitor takes for the primary. */
export function publish({ shell }: Monitor): void {
  const { site } = shell;
  const { configuration } = site;
  if (configuration === null || configuration.primary === null || configuration.epoch === 0) return;
  const { epoch, primary, reason } = configuration;
  const message = { type: "configuration", epoch, primary, reason, converts: false } as const;
  for (const peer of peersOf(site)) send(site, peer, message, "replication");
  obey(shell, configuration, false);
}

/** The monitor's part of a configuration: the higher epoch is in force at once. */
function configure(monitor: Monitor, next: Leadership): void {
  const { site } = monitor.shell;
  const { configuration } = site;
  if (configuration !== null && !outranks(next, configuration, site.view?.members ?? [])) return;
  site.configuration = next;
  monitor.answers.clear();
  monitor.restartedMono = null;
  monitor.isAgreed = false;
  // Nothing is to be done about this primary, and nothing has been tried yet.
  monitor.attempt = null;
  monitor.triedMono = Number.NEGATIVE_INFINITY;
  persistMeta(site);
}

/**
 * The site's part: a replica obeys at once, a primary only the order that `converts` it, or where epochs fence.
 */
export function obey(shell: Shell, claim: Leadership, converts: boolean): void {
  const { site } = shell;
  const { leadership, view } = site;
  const me = site.identity.site;
  if (claim.epoch === leadership.epoch && claim.primary === me && isNamedPrimary(site)) {
    if (!leads(site)) assume(shell);
    return;
  }
  if (!outranks(claim, leadership, view?.members ?? [])) return;
  const isFenced = view?.cluster.fencing.includes("epoch") ?? false;
  if (leads(site) && !converts && !isFenced) return;
  const forgotten = `${cityOf(me)} led epoch ${claim.epoch} in an earlier life: it waits for the monitors.`;
  believe(shell, claim.primary === me ? { ...claim, primary: null, reason: forgotten } : claim);
}
