import { receiveHlc, sendHlc, zeroHlc } from "../clock/hlc";
import { mergeVectors, tickVector } from "../clock/vector";
import { createDigest } from "../kernel/digest";
import type { NodeId } from "../protocol/ids";
import type { CausalStamp } from "../protocol/site/frame";
import type { TraceBody, TraceEvent, TraceHeader } from "../protocol/trace";

/**
 * How much of a run is kept. `whole`: every event with its causal stamp, and the digest. `outline`: what
 * a report is computed from; messages that are not about an operation, and all stamps, are left out.
 */
export type Detail = "whole" | "outline";

/** What the observer writes down: every event of every node, on one true clock. */
export type Trace = {
  readonly detail: Detail;
  /** Records something about a message; an outline keeps those about operations alone. */
  readonly recordMessage: (node: NodeId, kind: MessageKind, message: MessageFields) => void;
  readonly record: (node: NodeId, body: TraceBody) => void;
  /** What a node has seen so far; travels with every message it sends. */
  readonly stamp: (node: NodeId) => CausalStamp;
  /** The node has received a message that carried `stamp`. */
  readonly witness: (node: NodeId, stamp: CausalStamp) => void;
  readonly events: () => readonly TraceEvent[];
  /** Of the header and every line so far, as a trace file has them: equal digests mean equal runs. An outline has none. */
  readonly digest: () => string;
};

type MessageKind = "send" | "recv" | "drop" | "duplicate";
/** A message as the trace names it; `label` is its type, and the operation it is about where there is one. */
export type MessageFields = {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly label: string;
  readonly bytes: number;
};

const noStamp: CausalStamp = { vc: {}, hlc: zeroHlc };

/** The true time, and what a node's own wall clock shows. */
type Time = { readonly nowMs: () => number; readonly wallMs: (node: NodeId) => number };

/** Starts a trace. */
export function createTrace(header: TraceHeader, time: Time, detail: Detail = "whole"): Trace {
  return detail === "whole" ? createWhole(header, time) : createOutline(time);
}

function createOutline(time: Time): Trace {
  const events: TraceEvent[] = [];
  const hlc: [number, number] = [zeroHlc.l, zeroHlc.c];
  const { vc } = noStamp;

  function record(site: NodeId, body: TraceBody): void {
    if (body.kind === "persist") return;
    const [atMs, wallMs] = [time.nowMs(), time.wallMs(site)];
    events.push({ site, e: events.length + 1, vc, atMs, errMs: 0, wallMs, hlc, ...body });
  }

  return {
    detail: "outline",
    record,
    recordMessage(node, kind, { from, to, label }) {
      if (label.includes(" ")) record(node, { kind, from, to, msg: label, size: 0 });
    },
    stamp: () => noStamp,
    witness: () => undefined,
    events: () => events,
    digest: () => "",
  };
}

function createWhole(header: TraceHeader, time: Time): Trace {
  const stamps = new Map<NodeId, CausalStamp>();
  const events: TraceEvent[] = [];
  const stampOf = (node: NodeId): CausalStamp => stamps.get(node) ?? noStamp;

  function record(node: NodeId, body: TraceBody): void {
    const [atMs, wallMs] = [time.nowMs(), time.wallMs(node)];
    const before = stampOf(node);
    const vc = tickVector(before.vc, node);
    const hlc = sendHlc(before.hlc, wallMs);
    stamps.set(node, { vc, hlc });
    events.push({ site: node, e: vc[node] ?? 1, vc, atMs, errMs: 0, wallMs, hlc: [hlc.l, hlc.c], ...body });
  }

  return {
    detail: "whole",
    record,
    recordMessage: (node, kind, { from, to, label, bytes }) =>
      record(node, { kind, from, to, msg: label, size: bytes }),
    stamp: stampOf,
    witness(node, seen) {
      const before = stampOf(node);
      const hlc = receiveHlc(before.hlc, seen.hlc, time.wallMs(node));
      stamps.set(node, { vc: mergeVectors(before.vc, seen.vc), hlc });
    },
    events: () => events,
    digest() {
      const digest = createDigest();
      for (const line of [header, ...events]) digest.update(`${JSON.stringify(line)}\n`);
      return digest.hex();
    },
  };
}
