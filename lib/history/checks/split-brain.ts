import { type Acknowledgement, splitBrainOf } from "../split-brain";
import { type Finding, holds, noEvidence, violated } from "./finding";

/**
 * Split brain: two sites acknowledged writes at once, each as the only primary. Shown by an older epoch
 * that acknowledged after a newer one had begun to, or by two sites that did so in one epoch, which
 * breaks the election itself (Raft's Election Safety).
 */
export function checkSplitBrain(acked: readonly Acknowledgement[]): Finding {
  if (acked.length === 0) return noEvidence("No primary acknowledged a write.");
  const steps = acked.length;
  const rulers = new Map<number, Acknowledgement>();
  for (const ack of acked) {
    const { epoch, servedBy } = ack.op;
    const first = rulers.get(epoch);
    if (first === undefined) rulers.set(epoch, ack);
    else if (first.op.servedBy !== servedBy) {
      const text = `${first.op.servedBy} acknowledged ${first.op.id} and ${servedBy} acknowledged ${ack.op.id}, both as the primary of epoch ${epoch}.`;
      return violated("all", [first.op.id, ack.op.id], text, steps);
    }
  }
  const found = splitBrainOf(acked);
  if (found === null) return holds("No primary acknowledged a write once its successor had begun to.", steps);
  const { newer, older, ms } = found;
  const text = `${older.servedBy} acknowledged ${older.id} in epoch ${older.epoch}, ${ms} ms after ${newer.servedBy} had acknowledged ${newer.id} in epoch ${newer.epoch}.`;
  return violated("all", [newer.id, older.id], text, steps);
}
