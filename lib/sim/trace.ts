import { receiveHlc, sendHlc, zeroHlc } from "../clock/hlc";
import { mergeVectors, tickVector } from "../clock/vector";
import { createDigest } from "../kernel/digest";
import type { NodeId } from "../protocol/ids";
import type { CausalStamp } from "../protocol/site/frame";
import type { TraceBody, TraceEvent, TraceHeader } from "../protocol/trace";

/** What the observer writes down: every event of every node, on one true clock. */
export type Trace = {
  readonly record: (node: NodeId, body: TraceBody) => void;
  /** What a node has seen so far; travels with every message it sends. */
  readonly stamp: (node: NodeId) => CausalStamp;
  /** The node has received a message that carried `stamp`. */
  readonly witness: (node: NodeId, stamp: CausalStamp) => void;
  readonly events: () => readonly TraceEvent[];
  /** Of the header and every line so far, as a trace file has them: equal digests mean equal runs. */
  readonly digest: () => string;
};

/** Starts a trace. `time` gives the true time and a node's own wall clock. */
export function createTrace(
  header: TraceHeader,
  time: (node: NodeId) => { readonly atMs: number; readonly wallMs: number },
): Trace {
  const stamps = new Map<NodeId, CausalStamp>();
  const events: TraceEvent[] = [];
  const stampOf = (node: NodeId): CausalStamp => stamps.get(node) ?? { vc: {}, hlc: zeroHlc };

  return {
    record(node, body) {
      const { atMs, wallMs } = time(node);
      const before = stampOf(node);
      const vc = tickVector(before.vc, node);
      const hlc = sendHlc(before.hlc, wallMs);
      stamps.set(node, { vc, hlc });
      events.push({ site: node, e: vc[node] ?? 1, vc, atMs, errMs: 0, wallMs, hlc: [hlc.l, hlc.c], ...body });
    },
    stamp: stampOf,
    witness(node, seen) {
      const before = stampOf(node);
      const hlc = receiveHlc(before.hlc, seen.hlc, time(node).wallMs);
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
