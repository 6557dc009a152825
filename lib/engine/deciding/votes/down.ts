import type { SiteId } from "../../../protocol/ids";
import { record, send } from "../../site";
import { askingEpoch, heartbeatMs, highestEpoch, type Monitor, monitorsOf, watchedPrimary } from "./monitor";
import { type Account, accountOf } from "./watch";

/** Subjectively down: silent for too long, or it says itself that it is no primary, as after a restart. */
export function isDown(monitor: Monitor, primary: SiteId): boolean {
  const { site } = monitor.shell;
  if (primary !== site.identity.site && monitor.watch.of(primary).down) return true;
  if (monitor.restartedMono === null) return false;
  const { timeoutMs } = site.view?.cluster.detector ?? { timeoutMs: 0 };
  return site.now.mono - monitor.restartedMono >= timeoutMs + 2 * heartbeatMs(monitor);
}

/** What the primary says of itself, as far as this monitor has heard. */
export function primarysAccount({ shell, watch }: Monitor, primary: SiteId): Account | null {
  return primary === shell.site.identity.site ? accountOf(shell) : watch.of(primary).account;
}

export function noticeRestart(monitor: Monitor, primary: SiteId): void {
  const { site } = monitor.shell;
  const account = primarysAccount(monitor, primary);
  const isAbdicated = account !== null && !account.leads && account.epoch <= (site.configuration?.epoch ?? 0);
  monitor.restartedMono = isAbdicated ? (monitor.restartedMono ?? site.now.mono) : null;
}

/** Asks every other monitor whether the primary is down, and for its vote while this one wants votes. */
export function ask(monitor: Monitor): void {
  const { site } = monitor.shell;
  const about = watchedPrimary(monitor);
  if (about === null) return;
  const asking = askingEpoch(monitor);
  const fields = { about, epoch: asking ?? highestEpoch(monitor), candidate: asking !== null };
  for (const peer of monitorsOf(monitor.shell)) {
    if (peer !== site.identity.site) send(site, peer, { type: "down-query", ...fields }, "replication");
  }
}

/** Objectively down: enough monitors say so, though not at the same instant. */
export function isAgreedDown(monitor: Monitor, primary: SiteId): boolean {
  const { site } = monitor.shell;
  const count = countDown(monitor, primary);
  const quorum = site.view?.cluster.monitors.quorum ?? Number.POSITIVE_INFINITY;
  const isAgreed = count > 0 && count >= quorum;
  if (isAgreed && !monitor.isAgreed) {
    const total = monitorsOf(monitor.shell).length;
    const evidence = `${count} of ${total} monitors do not reach it as primary, the quorum is ${quorum}: objectively down.`;
    record(site, { kind: "detect", target: primary, state: "dead", evidence });
  }
  monitor.isAgreed = isAgreed;
  return isAgreed;
}

function countDown(monitor: Monitor, primary: SiteId): number {
  if (!isDown(monitor, primary)) return 0;
  const { shell, answers } = monitor;
  const { mono } = shell.site.now;
  const fresh = [...answers].filter(
    ([from, answer]) =>
      answer.down &&
      answer.about === primary &&
      monitorsOf(shell).includes(from) &&
      mono - answer.mono <= 5 * heartbeatMs(monitor),
  );
  return 1 + fresh.length;
}
