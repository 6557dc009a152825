import { cityOf, seconds } from "../../../protocol/words";
import { send } from "../../site";
import { obey } from "./configuration";
import { heartbeatMs, type Monitor } from "./monitor";
import type { Account, Watched } from "./watch";

/** Publish periods for which a stray primary is left alone (Redis Sentinel: 4): writes are still lost in them. */
const strayPeriods = 4;

/** A primary that the monitors have given up and that leads on: once it was reached long enough, it is converted. */
export function convertStray(monitor: Monitor, watched: Watched, account: Account): void {
  const { shell, doubt } = monitor;
  const { site } = shell;
  const { configuration } = site;
  const isStray = account.leads && configuration !== null && watched.site !== configuration.primary;
  watched.strayMono = isStray ? (watched.strayMono ?? site.now.mono) : null;
  if (watched.strayMono === null || configuration?.primary == null) return;
  const sinceMs = site.now.mono - watched.strayMono;
  if (sinceMs < strayPeriods * heartbeatMs(monitor) || doubt.isTilted()) return;
  const { epoch, primary } = configuration;
  const reason = `${cityOf(primary)} is primary in epoch ${epoch}; ${cityOf(watched.site)} went on as primary of epoch ${account.epoch} for ${seconds(sinceMs)} after it was reached again.`;
  if (watched.site === site.identity.site) obey(shell, { epoch, primary, reason }, true);
  else {
    const order = { type: "configuration", epoch, primary, reason, converts: true } as const;
    send(site, watched.site, order, "replication");
  }
}
