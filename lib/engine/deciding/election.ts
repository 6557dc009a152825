import type { Cluster } from "../../protocol/cluster";
import type { SiteId } from "../../protocol/ids";
import { comparePositions } from "../../protocol/position";
import { cityOf, placeOf, seconds } from "../../protocol/words";
import { persistMeta } from "../journal";
import type { Shell } from "../shell";
import { note, send, whenDurable } from "../site";
import { believe } from "./believe";
import { accountOf, reachOf, type Watch, type Watched } from "./watch";

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

type Attempt =
  | { readonly phase: "waiting"; readonly startMono: number }
  | {
      readonly phase: "election";
      readonly epoch: number;
      readonly sinceMono: number;
      readonly votes: Set<SiteId>;
      /** The primary that is to go on in this epoch; null to replace the one that is down. */
      readonly renews: SiteId | null;
    }
  | {
      readonly phase: "promoting";
      readonly epoch: number;
      readonly sinceMono: number;
      readonly candidate: SiteId;
      readonly reason: string;
    };

/** One monitor's attempts to replace a primary that is objectively down, or to give one a new epoch. */
export type Election = {
  /**
   * Does what is due. `isDown`: enough monitors agree that the configured primary is down. `renews`: the
   * primary that is owed a new epoch, since the cluster was changed under it.
   */
  readonly step: (isDown: boolean, renews: SiteId | null) => void;
  /** Another monitor's vote for this one. */
  readonly onVote: (from: SiteId, epoch: number) => void;
  /** This monitor votes for another: its own attempt has to wait. */
  readonly yieldTo: (epoch: number) => void;
  /** A later configuration is in force: nothing is to be done, and nothing has been tried yet. */
  readonly settled: () => void;
  /** The epoch in which this monitor asks for votes now; null when it asks for none. */
  readonly asking: () => number | null;
  readonly doing: () => string | null;
};

export function createElection(
  shell: Shell,
  watch: Watch,
  calls: {
    readonly monitors: () => readonly SiteId[];
    readonly highestEpoch: () => number;
    /** Asks every other monitor at once. */
    readonly ask: () => void;
  },
): Election {
  const { site } = shell;
  const me = site.identity.site;
  let attempt: Attempt | null = null;
  let triedMono = Number.NEGATIVE_INFINITY;
  const paces = () => (site.view === null ? null : pacesOf(site.view.cluster));

  function begin(renews: SiteId | null): void {
    const epoch = calls.highestEpoch() + 1;
    triedMono = site.now.mono;
    const votes = new Set<SiteId>();
    attempt = { phase: "election", epoch, sinceMono: site.now.mono, votes, renews };
    site.vote = { epoch, leader: me };
    persistMeta(site);
    const aim = renews === null ? "to lead the failover" : `to let ${cityOf(renews)} go on`;
    note(site, `The monitor of ${cityOf(me)} asks for votes ${aim} in epoch ${epoch}.`);
    whenDurable(site, () => {
      onVote(me, epoch);
      calls.ask();
    });
  }

  function onVote(from: SiteId, epoch: number): void {
    if (attempt?.phase !== "election" || attempt.epoch !== epoch || site.view === null) return;
    // Also a monitor that was frozen meanwhile must not count what came too late.
    if (isLate(attempt)) return;
    attempt.votes.add(from);
    const count = calls.monitors().length;
    if (attempt.votes.size < votesNeeded(site.view.cluster, count)) return;
    const { renews, votes } = attempt;
    if (renews === null) lead(epoch, votes.size, count);
    else {
      const reason = `${cityOf(renews)} goes on, by ${votes.size} of ${count} monitors in epoch ${epoch}.`;
      promote(renews, epoch, reason);
    }
  }

  function lead(epoch: number, votes: number, count: number): void {
    const winner = chooseReplica();
    const won = `The monitor of ${cityOf(me)} was elected by ${votes} of ${count} monitors in epoch ${epoch}`;
    if (winner === null) {
      giveUp(`${won}, but finds no replica that could be promoted`);
      return;
    }
    note(site, `${won} and chooses ${cityOf(winner.site)}.`);
    const reach = placeOf(reachOf(winner));
    const reason = `${cityOf(winner.site)} was elected by ${votes} of ${count} monitors in epoch ${epoch}: of the sites that ${cityOf(me)} reaches its log reaches furthest (${reach}).`;
    promote(winner.site, epoch, reason);
  }

  function promote(candidate: SiteId, epoch: number, reason: string): void {
    attempt = { phase: "promoting", epoch, sinceMono: site.now.mono, candidate, reason };
    order(candidate, epoch, reason);
  }

  /** Connected, heard of lately, ready; the furthest log first, then the smaller id (Sentinel's order). */
  function chooseReplica(): Watched | null {
    const freshMs = 5 * (site.view?.cluster.detector.heartbeatMs ?? 0);
    const own = { ...watch.of(me), account: accountOf(shell) };
    const fresh = watch.all().filter((one) => !one.down && site.now.mono - one.heardMono <= freshMs);
    const able = [...fresh, own].filter(({ account }) => account?.ready === true && !account.leads);
    const sorted = able.sort(
      (a, b) => comparePositions(reachOf(b), reachOf(a)) || (a.site < b.site ? -1 : 1),
    );
    return sorted[0] ?? null;
  }

  function order(to: SiteId, epoch: number, reason: string): void {
    if (to !== me) send(site, to, { type: "promote", epoch, reason }, "replication");
    else obeyPromotion(shell, epoch, reason);
  }

  function isLate({ sinceMono }: { readonly sinceMono: number }): boolean {
    return site.now.mono - sinceMono > (paces()?.electionMs ?? 0);
  }

  function giveUp(why: string): void {
    const limits = paces();
    const isRenewal = attempt?.phase === "election" && attempt.renews !== null;
    const wait = limits === null ? 0 : isRenewal ? limits.electionMs : 2 * limits.failoverMs;
    note(site, `${why}: it gives up, and waits ${seconds(wait)} before it tries again.`);
    attempt = null;
    triedMono = site.now.mono;
  }

  return {
    step(isDown, renews) {
      const limits = paces();
      if (limits === null) return;
      const { mono } = site.now;
      if (attempt === null) {
        // A failover that fails is left alone for long; what only numbers a reign anew disturbs nobody.
        const pauseMs = isDown ? 2 * limits.failoverMs : limits.electionMs;
        if ((isDown || renews !== null) && mono - triedMono > pauseMs) {
          // The monitor beside the primary asks at once, so that the others need not.
          const desyncMs = isDown || renews !== me ? site.random.below(limits.desyncMs) : 0;
          attempt = { phase: "waiting", startMono: mono + desyncMs };
        }
        return;
      }
      if (attempt.phase === "waiting") {
        if (!isDown && renews === null) attempt = null;
        else if (mono >= attempt.startMono) begin(isDown ? null : renews);
      } else if (attempt.phase === "election") {
        const { epoch, votes } = attempt;
        if (isLate(attempt)) {
          giveUp(
            `The monitor of ${cityOf(me)} was not elected in epoch ${epoch}: it has ${votes.size} of ${calls.monitors().length} votes`,
          );
        }
      } else if (mono - attempt.sinceMono > limits.failoverMs) {
        giveUp(`${cityOf(attempt.candidate)} did not become primary in time`);
      } else if (site.configuration?.epoch !== attempt.epoch)
        order(attempt.candidate, attempt.epoch, attempt.reason);
      else attempt = null;
    },
    onVote,
    yieldTo(epoch) {
      if (attempt?.phase === "waiting") attempt = null;
      else if (attempt !== null && attempt.epoch < epoch) attempt = null;
      triedMono = Math.max(triedMono, site.now.mono);
    },
    settled() {
      attempt = null;
      triedMono = Number.NEGATIVE_INFINITY;
    },
    asking: () => (attempt?.phase === "election" ? attempt.epoch : null),
    doing() {
      if (attempt === null) return null;
      if (attempt.phase === "waiting") return "It is about to ask the other monitors for their votes.";
      if (attempt.phase === "promoting") return `It makes ${cityOf(attempt.candidate)} primary.`;
      return `It asks for votes in epoch ${attempt.epoch} and has ${attempt.votes.size}.`;
    },
  };
}

/** A monitor that says it was elected makes this site primary. No proof is asked for, as in Redis. */
export function obeyPromotion(shell: Shell, epoch: number, reason: string): void {
  const { site } = shell;
  const me = site.identity.site;
  if (epoch <= Math.max(site.leadership.epoch, site.epochAtStart) || shell.rebuild !== null) return;
  believe(shell, { epoch, primary: me, reason });
}
