import { randomStream } from "../kernel/random";
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

/** True where both say the same about a link. */
export function isSameCondition(a: LinkCondition, b: LinkCondition): boolean {
  const names = Object.keys(healthyLink) as (keyof LinkCondition)[];
  return names.every((name) => a[name] === b[name]);
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

/** Creates the model of a healthy direction. `name` keys its randomness: one stream a message. */
export function createFaultModel(seed: number, name: string): FaultModel {
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

  /** One transit time; `unit` in [0, 1) spreads the jitter evenly to both sides of the delay. */
  function transitMs(unit: number): number {
    return Math.max(0, condition.delayMs + condition.jitterMs * (2 * unit - 1));
  }

  function datagram(departAt: number, nowMs: number): readonly number[] {
    if (departAt - nowMs > bottleneckQueueMs) return [];
    occupy(departAt);
    // Every decision is drawn whether it is used or not, so that changing one does not shift the others.
    const random = randomStream(seed, `${name}#${offered}`);
    const [loss, duplicate, reorder] = [random.unit(), random.unit(), random.unit()];
    const [first, second] = [transitMs(random.unit()), transitMs(random.unit())];
    if (loss * 100 < condition.lossPct) return [];
    const holdMs = reorder * 100 < condition.reorderPct ? reorderHoldMs : 0;
    const copies = [departAt + first + holdMs];
    if (duplicate * 100 < condition.duplicatePct) copies.push(departAt + second);
    return copies;
  }

  function streamed(departAt: number): readonly number[] {
    occupy(departAt);
    const random = randomStream(seed, `${name}#${offered}`);
    let at = departAt + transitMs(random.unit());
    for (let k = 0; k < retransmissions; k += 1) {
      if (random.unit() * 100 >= condition.lossPct) break;
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
