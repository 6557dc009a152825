import { receiveHlc, sendHlc, zeroHlc } from "../clock/hlc";
import { mergeVectors, tickVector } from "../clock/vector";
import type { Timing } from "../net/timing";
import type { NodeId, SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { CausalStamp } from "../protocol/site/frame";
import type { SiteMessage } from "../protocol/site/message";
import type { TraceBody, TraceEvent } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
import { every } from "./every";

/** The observer of one site: turns what happens there into its trace, and ships it. */
export type Recorder = {
  readonly record: (body: TraceBody) => void;
  /** Link events are recorded up to a rate; above it they are only counted. */
  readonly sent: (to: SiteId, message: SiteMessage, size: number) => void;
  readonly received: (from: SiteId, message: SiteMessage, stamp: CausalStamp, size: number) => void;
  readonly dropped: (from: NodeId, to: NodeId, why: string, size: number) => void;
  /** What this trace has seen so far; travels with every message. */
  readonly stamp: () => CausalStamp;
  /** The server keeps everything up to number `upTo`. */
  readonly stored: (upTo: number) => void;
  /** Ships what has not gone out yet, without waiting for an answer: the page is going away. */
  readonly flush: () => void;
  readonly close: () => void;
};

export type RecorderOptions = {
  readonly site: SiteId;
  /** Number of the first event: one more than what the server holds of this site. */
  readonly firstE: number;
  readonly timing: Timing;
  /** The observer's clock and its error bound, and the site's own (skewed) wall clock. */
  readonly time: () => { readonly atMs: number; readonly errMs: number; readonly wallMs: number };
  /** Sends a batch that fits one frame; the answer comes by `stored`. Called again with the same events until then. */
  readonly ship: (events: readonly TraceEvent[]) => void;
  /** Called for each event as it is recorded. */
  readonly onEvent: (event: TraceEvent) => void;
  /** An event was not recorded: too many link events, or nobody took the trace for too long. */
  readonly onSkipped: (name: "TRACE_RATE" | "TRACE_FULL") => void;
};

const encoder = new TextEncoder();
const batchMax = 500;
const shipEveryMs = 250;
/** A batch without an answer goes out again after this. */
const resendMs = 2_000;
const backlogMax = 20_000;
const linkEventsPerSec = 40;
const linkEventsBurst = 120;

/**
 * The recorder of one incarnation. Numbers are given only to what is kept, so they have no gaps: an
 * event that finds the backlog full is counted, and a note tells how many there were.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { site, timing, time } = options;
  let backlog: TraceEvent[] = [];
  let vc: Vector = { [site]: options.firstE - 1 };
  let hlc = zeroHlc;
  let unrecorded = 0;
  let shippedUpTo = 0;
  let shippedAt = 0;
  const allowLinkEvent = createRate(timing);
  const stopShipping = every(timing, shipEveryMs, ship);

  function record(body: TraceBody): void {
    if (backlog.length >= backlogMax) {
      unrecorded += 1;
      options.onSkipped("TRACE_FULL");
      return;
    }
    if (unrecorded > 0) {
      const text = `${unrecorded} events of this site were not recorded: nobody took its trace.`;
      unrecorded = 0;
      keep({ kind: "note", text });
    }
    keep(body);
  }

  function keep(body: TraceBody): void {
    const { atMs, errMs, wallMs } = time();
    vc = tickVector(vc, site);
    hlc = sendHlc(hlc, wallMs);
    const event: TraceEvent = {
      ...body,
      site,
      e: vc[site] ?? 1,
      vc,
      atMs,
      errMs,
      wallMs,
      hlc: [hlc.l, hlc.c],
    };
    backlog.push(event);
    options.onEvent(event);
  }

  function linkEvent(kind: "send" | "recv" | "drop", from: NodeId, to: NodeId, msg: string, size: number) {
    if (allowLinkEvent()) record({ kind, from, to, msg, size });
    else options.onSkipped("TRACE_RATE");
  }

  /** Nobody else may move this site's own counter, nor make the vector longer than a pod is large. */
  function witness(stamp: CausalStamp): void {
    const merged = { ...mergeVectors(vc, stamp.vc), [site]: vc[site] ?? 0 };
    if (Object.keys(merged).length > limits.sitesPerPod) return;
    vc = merged;
    hlc = receiveHlc(hlc, stamp.hlc, time().wallMs);
  }

  /** One batch at a time; one without an answer goes out again. */
  function ship(): void {
    const first = backlog[0];
    if (first === undefined) return;
    if (shippedUpTo >= first.e && timing.now() - shippedAt < resendMs) return;
    shipFrom(first.e);
  }

  function shipFrom(e: number): void {
    const first = backlog[0];
    const batch = first === undefined ? [] : firstBatch(backlog.slice(Math.max(0, e - first.e)));
    const last = batch.at(-1);
    if (last === undefined) return;
    shippedUpTo = last.e;
    shippedAt = timing.now();
    options.ship(batch);
  }

  /** Numbers have no gaps, so the first number says where each event stands. */
  function stored(upTo: number): void {
    const first = backlog[0];
    if (first === undefined || upTo < first.e) return;
    backlog = backlog.slice(upTo - first.e + 1);
    // A long backlog does not wait for the next tick; a trickle does, or every event would travel alone.
    if (backlog.length >= batchMax / 2) ship();
  }

  return {
    record,
    sent: (to, message, size) => linkEvent("send", site, to, message.type, size),
    received: (from, message, stamp, size) => {
      witness(stamp);
      linkEvent("recv", from, site, message.type, size);
    },
    dropped: (from, to, why, size) => linkEvent("drop", from, to, why, size),
    stamp: () => ({ vc, hlc }),
    stored,
    flush: () => shipFrom(shippedUpTo + 1),
    close: stopShipping,
  };
}

/** As many of the first events as fit one batch. One too large for any is shipped as a note in its place. */
function firstBatch(backlog: readonly TraceEvent[]): readonly TraceEvent[] {
  const batch: TraceEvent[] = [];
  let bytes = 2;
  for (const event of backlog.slice(0, batchMax)) {
    const size = encoder.encode(JSON.stringify(event)).length + 1;
    if (bytes + size > limits.traceBatchBytes) {
      if (batch.length === 0) return [tooLarge(event, size)];
      break;
    }
    bytes += size;
    batch.push(event);
  }
  return batch;
}

function tooLarge({ site, e, vc, atMs, errMs, wallMs, hlc, kind }: TraceEvent, size: number): TraceEvent {
  const text = `An event of kind ${kind} was too large to ship: ${size} bytes.`;
  return { site, e, vc, atMs, errMs, wallMs, hlc, kind: "note", text };
}

/** A token bucket: true while link events come slower than the rate. */
function createRate(timing: Timing): () => boolean {
  let tokens = linkEventsBurst;
  let filledAt = timing.now();
  return () => {
    const now = timing.now();
    tokens = Math.min(linkEventsBurst, tokens + ((now - filledAt) * linkEventsPerSec) / 1000);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
