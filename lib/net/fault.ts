import { keyed } from "../kernel/random";
import { type FaultState, healthyLink, type LinkCondition } from "../protocol/faults";
import type { NodeId } from "../protocol/ids";
import type { Lane } from "./link";

/** First retransmission of a lost `stream` message; each further one doubles it, as TCP's timer does. */
const retransmitMs = 200;
/** After this many losses in a row the message arrives all the same: 25.4 s late. */
const retransmissions = 7;
/** How long a reordered datagram is held back for later ones to overtake it. */
const reorderHoldMs = 50;
/** A datagram that would wait longer than this behind a narrow link is dropped, as a full router queue does. */
const bottleneckQueueMs = 5_000;

/** True where nothing at all gets through: cut, pulled, or every message lost. */
export function isSilent(condition: LinkCondition): boolean {
  return condition.cut || condition.pulled || condition.lossPct === 100;
}

/** What is wrong with one direction of one link; a link that is not listed is healthy. */
export function conditionOf(faults: FaultState, from: NodeId, to: NodeId): LinkCondition {
  return faults.links.find((link) => link.from === from && link.to === to)?.condition ?? healthyLink;
}

const aspects = Object.keys(healthyLink) as (keyof LinkCondition)[];

/** True where both say the same about a link. */
export function isSameCondition(a: LinkCondition, b: LinkCondition): boolean {
  return a === b || aspects.every((aspect) => a[aspect] === b[aspect]);
}

/**
 * The fault model of one direction of one link (after Linux's netem): a pure function of condition,
 * seed, name and the times it is given, so the tab and the simulator break links in the same way.
 */
export type FaultModel = {
  /**
   * What becomes of a message offered now: the time each copy arrives (ms on the caller's clock),
   * or nothing where it dies. On `stream` there is one copy, in order, and loss is only delay.
   */
  readonly offer: (nowMs: number, lane: Lane) => readonly number[];
  /** Puts another condition in force; a silent one raises the generation. */
  readonly set: (nowMs: number, condition: LinkCondition) => void;
  /** The latest arrival that the present condition allows for what is already on its way. */
  readonly latest: (nowMs: number) => number;
  /** A message offered under an older generation died on the way: the link has been cut since. */
  readonly generation: () => number;
};

/** What is decided by chance about one message, each by a draw of its own. */
const draws = { loss: 0, duplicate: 1, reorder: 2, transit: 3, secondTransit: 4, retransmission: 5 } as const;

/** Creates the model of a healthy direction. `name` keys its chance: every draw of every message is its own. */
export function createFaultModel(seed: number, name: string): FaultModel {
  const chance = keyed(seed, name);
  let condition = healthyLink;
  let isHealthy = true;
  let generation = 0;
  let offered = 0;
  let freeAt = 0;
  let streamAt = 0;

  function departure(nowMs: number): number {
    if (condition.bandwidthOps === null) return nowMs;
    return Math.max(nowMs, freeAt);
  }

  function occupy(departAt: number): void {
    if (condition.bandwidthOps !== null) freeAt = departAt + 1000 / condition.bandwidthOps;
  }

  function happens(pct: number, draw: number): boolean {
    return pct > 0 && chance.unit(offered, draw) * 100 < pct;
  }

  /** One transit time; jitter is spread evenly to both sides of the delay. */
  function transitMs(draw: number): number {
    const { delayMs, jitterMs } = condition;
    if (jitterMs === 0) return delayMs;
    return Math.max(0, delayMs + jitterMs * (2 * chance.unit(offered, draw) - 1));
  }

  function datagram(departAt: number, nowMs: number): readonly number[] {
    if (departAt - nowMs > bottleneckQueueMs) return [];
    occupy(departAt);
    if (happens(condition.lossPct, draws.loss)) return [];
    const holdMs = happens(condition.reorderPct, draws.reorder) ? reorderHoldMs : 0;
    const first = departAt + transitMs(draws.transit) + holdMs;
    if (!happens(condition.duplicatePct, draws.duplicate)) return [first];
    return [first, departAt + transitMs(draws.secondTransit)];
  }

  function streamed(departAt: number): readonly number[] {
    occupy(departAt);
    let at = departAt + transitMs(draws.transit);
    for (let k = 0; k < retransmissions; k += 1) {
      if (!happens(condition.lossPct, draws.retransmission + k)) break;
      at += retransmitMs << k;
    }
    streamAt = Math.max(streamAt, at);
    return [streamAt];
  }

  function latest(nowMs: number): number {
    if (condition.bandwidthOps !== null) return Number.POSITIVE_INFINITY;
    return nowMs + condition.delayMs + condition.jitterMs;
  }

  return {
    offer(nowMs, lane) {
      offered += 1;
      if (isSilent(condition)) return [];
      if (isHealthy) return [lane === "stream" ? Math.max(streamAt, nowMs) : nowMs];
      const departAt = departure(nowMs);
      return lane === "stream" ? streamed(departAt) : datagram(departAt, nowMs);
    },
    set(nowMs, next) {
      if (isSilent(next) && !isSilent(condition)) generation += 1;
      condition = next;
      isHealthy = isSameCondition(next, healthyLink);
      freeAt = next.bandwidthOps === null || isSilent(next) ? 0 : freeAt;
      streamAt = isSilent(next) ? 0 : Math.min(streamAt, latest(nowMs));
    },
    latest,
    generation: () => generation,
  };
}
