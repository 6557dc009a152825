import type { Cluster } from "../protocol/cluster";
import { seconds } from "../protocol/words";

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
 * against local pauses in the same way). A cleverer detector (phi accrual) was not used here because
 * a class can verify a fixed limit with a stopwatch.
 */
export type Watched = {
  status: Judgement;
  /** When the present count of silence began, in ms of the coordinator's clock. */
  countedFrom: number;
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

/** What a punctual tick finds out about one site; null when nothing has changed. */
export function findSilence(watched: Watched, rule: Rule, now: number, hidden: boolean): Finding | null {
  if (watched.status !== "alive" && watched.status !== "suspect") return null;
  const silentMs = now - watched.countedFrom;
  if (silentMs >= rule.timeoutMs) {
    return hidden
      ? {
          state: "asleep",
          evidence: `Its page was hidden and has been silent for ${seconds(silentMs)}: it is replaced like a dead one.`,
        }
      : {
          state: "dead",
          evidence: `Silent for ${seconds(silentMs)}; the limit is ${seconds(rule.timeoutMs)}.`,
        };
  }
  if (watched.status === "alive" && silentMs >= suspectAfterMs(rule)) {
    const due = seconds(rule.heartbeatMs);
    return {
      state: "suspect",
      evidence: `Silent for ${seconds(silentMs)}; a heartbeat is due every ${due}.`,
    };
  }
  return null;
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
