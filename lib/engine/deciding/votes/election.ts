import { unreachable } from "../../../kernel/assert";
import type { Cluster } from "../../../protocol/cluster";
import type { SiteId } from "../../../protocol/ids";
import { comparePositions } from "../../../protocol/position";
import { cityOf, placeOf, seconds } from "../../../protocol/words";
import { persistMeta } from "../../journal";
import type { Shell } from "../../shell";
import { note, send, whenDurable } from "../../site";
import { believe } from "../believe";
import { ask } from "./down";
import { highestEpoch, type Monitor, monitorsOf } from "./monitor";
import { accountOf, reachOf, type Watched } from "./watch";

/** The paces of a failover, in the proportions of the classroom (heartbeat 1 s, timeout 3 s). */
export function pacesOf({ detector }: Cluster) {
  const { heartbeatMs, timeoutMs } = detector;
  return {
    /** SENTINEL_MAX_DESYNC: monitors do not all start at once. */
    desyncMs: Math.ceil(0.3 * heartbeatMs),
    /** An election that takes longer is given up. */
    electionMs: 2 * heartbeatMs,
    /** failover-timeout; the next attempt comes after twice as long. */
    failoverMs: 6 * timeoutMs,
  };
}

/** How many votes make a leader of `count` monitors: more than half, and at least the quorum (Sentinel). */
export function votesNeeded({ monitors }: Cluster, count: number): number {
  return monitors.majority ? Math.max(Math.floor(count / 2) + 1, monitors.quorum) : monitors.quorum;
}

/**
 * Does what is due. `isAgreed`: enough monitors say that the configured primary is down. `renews`: the
 * primary that is owed a new epoch, since the cluster was changed under it.
 */
export function stepElection(monitor: Monitor, isAgreed: boolean, renews: SiteId | null): void {
  const { attempt, shell } = monitor;
  const { view, now, configuration, identity } = shell.site;
  if (view === null) return;
  if (attempt === null) {
    if (isAgreed || renews !== null) plan(monitor, view.cluster, isAgreed, renews);
    return;
  }
  const me = cityOf(identity.site);
  switch (attempt.phase) {
    case "waiting":
      if (!isAgreed && renews === null) monitor.attempt = null;
      else if (now.mono >= attempt.startMono) begin(monitor, isAgreed ? null : renews);
      return;
    case "election":
      if (isLate(view.cluster, attempt.sinceMono, now.mono)) {
        const got = `${attempt.votes.size} of ${monitorsOf(shell).length} votes`;
        const why = `The monitor of ${me} was not elected in epoch ${attempt.epoch}: it has ${got}`;
        giveUp(monitor, view.cluster, why);
      }
      return;
    case "promoting":
      if (now.mono - attempt.sinceMono > pacesOf(view.cluster).failoverMs) {
        giveUp(monitor, view.cluster, `${cityOf(attempt.candidate)} did not become primary in time`);
      } else if (configuration?.epoch !== attempt.epoch) order(shell, attempt);
      else monitor.attempt = null;
      return;
    default:
      unreachable(attempt);
  }
}

/** A failover that fails is left alone for long; what only numbers a reign anew disturbs nobody. */
function plan(monitor: Monitor, cluster: Cluster, isAgreed: boolean, renews: SiteId | null): void {
  const { site } = monitor.shell;
  const { desyncMs, electionMs, failoverMs } = pacesOf(cluster);
  const { mono } = site.now;
  if (mono - monitor.triedMono <= (isAgreed ? 2 * failoverMs : electionMs)) return;
  // The monitor beside the primary asks at once, so that the others need not.
  const waitMs = isAgreed || renews !== site.identity.site ? site.random.below(desyncMs) : 0;
  monitor.attempt = { phase: "waiting", startMono: mono + waitMs };
}

function begin(monitor: Monitor, renews: SiteId | null): void {
  const { site } = monitor.shell;
  const me = site.identity.site;
  const epoch = highestEpoch(monitor) + 1;
  const { mono } = site.now;
  monitor.triedMono = mono;
  monitor.attempt = { phase: "election", epoch, sinceMono: mono, votes: new Set(), renews };
  site.vote = { epoch, leader: me };
  persistMeta(site);
  const aim = renews === null ? "to lead the failover" : `to let ${cityOf(renews)} go on`;
  note(site, `The monitor of ${cityOf(me)} asks for votes ${aim} in epoch ${epoch}.`);
  whenDurable(site, () => {
    onVote(monitor, me, epoch);
    ask(monitor);
  });
}

/** A vote for this monitor, also its own. */
export function onVote(monitor: Monitor, from: SiteId, epoch: number): void {
  const { attempt, shell } = monitor;
  const { view, now } = shell.site;
  if (attempt?.phase !== "election" || attempt.epoch !== epoch || view === null) return;
  // Also a monitor that was frozen meanwhile must not count what came too late.
  if (isLate(view.cluster, attempt.sinceMono, now.mono)) return;
  const { renews, votes } = attempt;
  votes.add(from);
  const count = monitorsOf(shell).length;
  if (votes.size < votesNeeded(view.cluster, count)) return;
  if (renews === null) lead(monitor, view.cluster, epoch, `${votes.size} of ${count} monitors`);
  else {
    const reason = `${cityOf(renews)} goes on, by ${votes.size} of ${count} monitors in epoch ${epoch}.`;
    promote(monitor, renews, epoch, reason);
  }
}

/** This monitor votes for another: its own attempt has to wait. */
export function yieldTo(monitor: Monitor, epoch: number): void {
  const { attempt } = monitor;
  if (attempt?.phase === "waiting") monitor.attempt = null;
  else if (attempt !== null && attempt.epoch < epoch) monitor.attempt = null;
  monitor.triedMono = Math.max(monitor.triedMono, monitor.shell.site.now.mono);
}

function lead(monitor: Monitor, cluster: Cluster, epoch: number, voters: string): void {
  const { site } = monitor.shell;
  const me = cityOf(site.identity.site);
  const winner = chooseReplica(monitor);
  const won = `The monitor of ${me} was elected by ${voters} in epoch ${epoch}`;
  if (winner === null) {
    giveUp(monitor, cluster, `${won}, but finds no replica that could be promoted`);
    return;
  }
  const city = cityOf(winner.site);
  note(site, `${won} and chooses ${city}.`);
  const reach = placeOf(reachOf(winner));
  const reason = `${city} was elected by ${voters} in epoch ${epoch}: of the sites that ${me} reaches its log reaches furthest (${reach}).`;
  promote(monitor, winner.site, epoch, reason);
}

function promote(monitor: Monitor, candidate: SiteId, epoch: number, reason: string): void {
  const sinceMono = monitor.shell.site.now.mono;
  const promoting = { phase: "promoting", epoch, sinceMono, candidate, reason } as const;
  monitor.attempt = promoting;
  order(monitor.shell, promoting);
}

/** Connected, heard of lately, ready; the furthest log first, then the smaller id (Sentinel's order). */
function chooseReplica({ shell, watch }: Monitor): Watched | null {
  const { site } = shell;
  const freshMs = 5 * (site.view?.cluster.detector.heartbeatMs ?? 0);
  const own = { ...watch.of(site.identity.site), account: accountOf(shell) };
  const fresh = watch.all().filter((one) => !one.down && site.now.mono - one.heardMono <= freshMs);
  const able = [...fresh, own].filter(({ account }) => account?.ready === true && !account.leads);
  const sorted = able.sort((a, b) => comparePositions(reachOf(b), reachOf(a)) || (a.site < b.site ? -1 : 1));
  return sorted[0] ?? null;
}

type Order = { readonly candidate: SiteId; readonly epoch: number; readonly reason: string };

function order(shell: Shell, { candidate, epoch, reason }: Order): void {
  const { site } = shell;
  if (candidate === site.identity.site) obeyPromotion(shell, epoch, reason);
  else send(site, candidate, { type: "promote", epoch, reason }, "replication");
}

function isLate(cluster: Cluster, sinceMono: number, mono: number): boolean {
  return mono - sinceMono > pacesOf(cluster).electionMs;
}

function giveUp(monitor: Monitor, cluster: Cluster, why: string): void {
  const { site } = monitor.shell;
  const { electionMs, failoverMs } = pacesOf(cluster);
  const isRenewal = monitor.attempt?.phase === "election" && monitor.attempt.renews !== null;
  const waitMs = isRenewal ? electionMs : 2 * failoverMs;
  note(site, `${why}: it gives up, and waits ${seconds(waitMs)} before it tries again.`);
  monitor.attempt = null;
  monitor.triedMono = site.now.mono;
}

/** What this monitor is doing about the primary, in one sentence; null while there is nothing to do. */
export function doing({ attempt }: Monitor): string | null {
  if (attempt === null) return null;
  if (attempt.phase === "waiting") return "It is about to ask the other monitors for their votes.";
  if (attempt.phase === "promoting") return `It makes ${cityOf(attempt.candidate)} primary.`;
  return `It asks for votes in epoch ${attempt.epoch} and has ${attempt.votes.size}.`;
}

/** A monitor that says it was elected makes this site primary. No proof is asked for, as in Redis. */
export function obeyPromotion(shell: Shell, epoch: number, reason: string): void {
  const { site } = shell;
  if (epoch <= Math.max(site.leadership.epoch, site.epochAtStart) || shell.rebuild !== null) return;
  believe(shell, { epoch, primary: site.identity.site, reason });
}
