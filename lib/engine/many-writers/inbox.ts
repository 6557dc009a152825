import type { ReplicatedOp } from "../../protocol/site/replicated-op";

/** Writes that came before others of their stream; a datagram may be lost or overtaken. Bounded. */
export type Inbox = {
  readonly hold: (stream: string, op: ReplicatedOp) => void;
  /** Takes the stream's `seq`th write out, if it waits here. */
  readonly take: (stream: string, seq: number) => ReplicatedOp | null;
  readonly isEmpty: () => boolean;
};

/** What does not fit is dropped: anti-entropy brings it again. */
const opsAtMost = 256;

/** An empty inbox. */
export function createInbox(): Inbox {
  const held = new Map<string, ReplicatedOp>();
  return {
    hold(stream, op) {
      if (held.size < opsAtMost) held.set(`${stream} ${op.seq}`, op);
    },
    take(stream, seq) {
      const name = `${stream} ${seq}`;
      const op = held.get(name) ?? null;
      held.delete(name);
      return op;
    },
    isEmpty: () => held.size === 0,
  };
}
