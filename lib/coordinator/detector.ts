import { unreachable } from "../kernel/assert";
import type { Cluster } from "../protocol/cluster";
import { seconds } from "../protocol/words";
import { add, phiExponential, phiNormal, phiSuspect, phiThreshold, type Rhythm } from "./phi";

/**
 * The failure detector is a traffic light per site. Green (`alive`): a heartbeat came lately. Amber
 * (`suspect`): one is overdue, or the connection closed; whoever can wait should wait. Red (`dead`):
 * nothing for `timeoutMs`; whatever depends on the site must go on without it. `asleep` is red too,
 * but the last heartbeat said that the page was hidden, so it is a pocketed phone rather than a crash.
 *
 * The light turns green by a heartbeat alone, or by a new incarnation, and worse by time alone. It
 * proves nothing: a red site may well be running. Safety comes from leases, never from this file.
 *
 * The most likely liar is the judge's own clock. When the coordinator itself was away (its process
 * was stopped, its machine slept), heartbeats lie unread in its inbox while everybody looks silent.
 * So a tick that comes late convicts nobody, and every count starts again (Cassandra guards itself
 * against local pauses in the same way). That holds for every kind of detector below.
 */
export type Watched = {
  status: Judgement;
  /** When the present count of silence began, in ms of the coordinator's clock. */
  countedFrom: number;
  /** How regularly it has been heard of. */
  rhythm: Rhythm;
  /** Until when its lease runs, where it has one; the `lease` detector looks at nothing else. */
  readonly lease: { readonly until: number } | null;
};

/** `empty` is a site that nobody has taken, about which there is nothing to detect. */
export type Judgement = "empty" | "alive" | "suspect" | "dead" | "asleep";

/** A change of judgement with the sentence that a student can check. */
export type Finding = { readonly state: Exclude<Judgement, "empty">; readonly evidence: string };

type Rule = Cluster["detector"];

/** After how much silence a site is suspect: one heartbeat is missing, with half of one as margin. */
export function suspectAfterMs(rule: Rule): number {
  return rule.heartbeatMs * 1.5;
}

/** How bad a silence is by one kind of detector, and the sentence that says so, which most ticks do not need. */
type Gauge = { readonly level: "fine" | "suspect" | "dead"; readonly evidence: () => string };

/** What a punctual tick finds out about one site; null when nothing has changed. */
export function findSilence(watched: Watched, rule: Rule, now: number, hidden: boolean): Finding | null {
  if (watched.status !== "alive" && watched.status !== "suspect") return null;
  const { level, evidence } = gauge(watched, rule, now);
  if (level === "dead" && hidden) {
    const silence = `Its page was hidden and has been silent for ${seconds(now - watched.countedFrom)}`;
    return { state: "asleep", evidence: `${silence}: it is replaced like a dead one.` };
  }
  if (level === "dead") return { state: "dead", evidence: evidence() };
  return level === "suspect" && watched.status === "alive"
    ? { state: "suspect", evidence: evidence() }
    : null;
}

function gauge(watched: Watched, rule: Rule, now: number): Gauge {
  const silentMs = now - watched.countedFrom;
  switch (rule.kind) {
    case "fixed":
    case "topology":
    case "monitors":
    case "swim":
      return gaugeSilence(silentMs, rule);
    case "phi":
      return gaugePhi(silentMs, phiNormal(watched.rhythm, silentMs, rule.timeoutMs / 2));
    case "phi-exponential":
      return gaugePhi(silentMs, phiExponential(watched.rhythm, silentMs));
    case "lease":
      return watched.lease === null ? gaugeSilence(silentMs, rule) : gaugeLease(now - watched.lease.until);
    default:
      return unreachable(rule.kind);
  }
}

function gaugeSilence(silentMs: number, rule: Rule): Gauge {
  const silent = () => `Silent for ${seconds(silentMs)}`;
  if (silentMs >= rule.timeoutMs)
    return { level: "dead", evidence: () => `${silent()}; the limit is ${seconds(rule.timeoutMs)}.` };
  const level = silentMs >= suspectAfterMs(rule) ? "suspect" : "fine";
  return { level, evidence: () => `${silent()}; a heartbeat is due every ${seconds(rule.heartbeatMs)}.` };
}

function gaugePhi(silentMs: number, phi: number): Gauge {
  const isDead = phi > phiThreshold;
  const limit = isDead ? phiThreshold : phiSuspect;
  const evidence = () => `Silent for ${seconds(silentMs)}: phi ${phi.toFixed(1)} over ${limit}.`;
  return { level: isDead ? "dead" : phi > phiSuspect ? "suspect" : "fine", evidence };
}

/** At the store there is a lease or there is none; that a holder is quiet meanwhile says nothing. */
function gaugeLease(overMs: number): Gauge {
  return { level: overMs >= 0 ? "dead" : "fine", evidence: () => "Its lease has run out at the store." };
}

/**
 * The interval that ends with this heartbeat, if it belongs to the rhythm: an answer to a new view comes
 * between two beats, and the first interval after a failure measures the failure (Akka leaves it out too).
 */
export function keepRhythm(watched: Watched, rule: Rule, now: number): void {
  const ms = now - watched.countedFrom;
  const isUsual = watched.status === "alive" || watched.status === "suspect";
  if (isUsual && ms >= rule.heartbeatMs / 2) watched.rhythm = add(watched.rhythm, ms);
}

/** True for a gap between two ticks after which the coordinator must distrust itself. */
export function isLateTick(gapMs: number, tickMs: number, rule: Rule): boolean {
  return gapMs > Math.max(4 * tickMs, rule.heartbeatMs / 2);
}

/** Starts every count again, except of the sites already convicted: those need a heartbeat to return. */
export function restartCounts(all: Iterable<Watched>, now: number): void {
  for (const watched of all) {
    if (watched.status === "alive" || watched.status === "suspect") watched.countedFrom = now;
  }
}
