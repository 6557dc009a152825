import type { SiteId } from "../../protocol/ids";
import type { SiteMessage } from "../../protocol/site/message";
import { owesEpoch } from "../leadership";
import type { Shell } from "../shell";
import { send } from "../site";
import { foundReign, keepActing } from "./believe";
import type { MonitorView, Part, SiteOpinion } from "./decider";
import type { SelfDoubt } from "./self-doubt";
import { adopt, initialConfiguration, onConfiguration, publish } from "./votes/configuration";
import { ask, isAgreedDown, isDown, noticeRestart, primarysAccount } from "./votes/down";
import { doing, obeyPromotion, stepElection } from "./votes/election";
import {
  createMonitor,
  heartbeatMs,
  isMonitor,
  type Monitor,
  monitorsOf,
  watchedPrimary,
} from "./votes/monitor";
import { convertStray } from "./votes/stray";
import { onDownAnswer, onDownQuery } from "./votes/voting";
import { type Account, accountOf, type Watched } from "./votes/watch";

/**
 * Monitors that vote (Redis Sentinel). The first sites run one each; all sites answer their pings and take
 * their configuration, of which the one with the highest epoch wins everywhere. Nothing stops a primary that
 * the monitors have given up: it is told once it is reached again, and some seconds late.
 */
export function createVotes(shell: Shell, doubt: SelfDoubt): Part {
  const { site } = shell;
  const monitor = createMonitor(shell, doubt);
  return {
    show: () => (isMonitor(shell) ? show(monitor) : null),
    onView(before) {
      foundReign(shell, before);
      if (!isMonitor(shell)) return;
      initialConfiguration(monitor, before);
      publish(monitor);
    },
    onMessage(from, message) {
      if (message.type === "ping") {
        send(site, from, { type: "pong", ...accountOf(shell) }, "replication");
        return;
      }
      if (message.type === "pong" && isMonitor(shell)) onPong(monitor, from, message);
      if (monitorsOf(shell).includes(from)) onMonitor(monitor, from, message);
    },
    onTick() {
      if (isMonitor(shell) && site.view?.phase === "serving" && !doubt.isTilted()) tick(monitor);
    },
  };
}

/** What a monitor says is believed of monitors only. */
function onMonitor(monitor: Monitor, from: SiteId, message: SiteMessage): void {
  const { shell } = monitor;
  if (message.type === "promote") obeyPromotion(shell, message.epoch, message.reason);
  else if (message.type === "configuration") onConfiguration(monitor, message);
  else if (message.type === "down-query" && isMonitor(shell)) onDownQuery(monitor, from, message);
  else if (message.type === "down-answer" && isMonitor(shell)) onDownAnswer(monitor, from, message);
}

function onPong(monitor: Monitor, from: SiteId, account: Account): void {
  monitor.watch.onPong(from, account);
  monitor.epochHeard = Math.max(monitor.epochHeard, account.epoch);
  adopt(monitor, from, account);
  convertStray(monitor, monitor.watch.of(from), account);
}

function tick(monitor: Monitor): void {
  const { shell, watch } = monitor;
  const { site } = shell;
  watch.judge();
  if (site.now.mono - monitor.roundMono >= heartbeatMs(monitor)) round(monitor);
  const primary = watchedPrimary(monitor);
  if (primary === null || site.view === null) return;
  noticeRestart(monitor, primary);
  const isAgreed = isAgreedDown(monitor, primary);
  stepElection(monitor, isAgreed, isRenewable(monitor, primary) ? primary : null);
  if (site.view.cluster.detector.kind !== "monitors") return;
  site.peers = watch.all().map(({ site: name, down }) => ({ site: name, state: down ? "dead" : "alive" }));
}

/** Once a heartbeat: ping everybody, tell the configuration, and ask about a primary that is down. */
function round(monitor: Monitor): void {
  const { shell, watch } = monitor;
  const { now, identity } = shell.site;
  monitor.roundMono = now.mono;
  keepActing(shell);
  watch.ping();
  const own = accountOf(shell);
  adopt(monitor, identity.site, own);
  convertStray(monitor, watch.of(identity.site), own);
  publish(monitor);
  const primary = watchedPrimary(monitor);
  if (primary !== null && isDown(monitor, primary)) ask(monitor);
}

/** The configuration is older than the cluster, and its primary is well: it is to go on in a new epoch. */
function isRenewable(monitor: Monitor, primary: SiteId): boolean {
  const { view, configuration } = monitor.shell.site;
  if (configuration === null || !owesEpoch(view, configuration)) return false;
  const account = primarysAccount(monitor, primary);
  return !isDown(monitor, primary) && account?.leads === true && account.epoch === configuration.epoch;
}

function show(monitor: Monitor): MonitorView {
  const { shell, doubt, watch } = monitor;
  const opinions = watch.all().map((one) => {
    return { site: one.site, state: opinionOf(monitor, one), silentMs: watch.silentMs(one) };
  });
  return { vote: shell.site.vote, tilted: doubt.isTilted(), opinions, doing: doing(monitor) };
}

function opinionOf(monitor: Monitor, { site, down }: Watched): SiteOpinion["state"] {
  if (!down) return "up";
  return monitor.isAgreed && site === watchedPrimary(monitor) ? "agreed-down" : "down";
}
