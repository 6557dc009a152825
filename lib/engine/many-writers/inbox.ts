import type { ReplicatedOp } from "../../protocol/site/replicated-op";

/** Writes that came before others of their stream, or that they depend on: messages overtake each other. Bounded. */
export type Inbox = {
  readonly hold: (stream: string, op: ReplicatedOp) => void;
  /** Takes out a write that need not wait any longer, if there is one. */
  readonly next: () => ReplicatedOp | null;
  readonly isEmpty: () => boolean;
};

/** What does not fit is dropped: anti-entropy brings it again. */
const opsAtMost = 256;

/** An empty inbox; `isDue` says that a write has nothing left to wait for. */
export function createInbox(isDue: (op: ReplicatedOp) => boolean): Inbox {
  const held = new Map<string, ReplicatedOp>();
  return {
    hold(stream, op) {
      if (held.size < opsAtMost) held.set(`${stream} ${op.seq}`, op);
    },
    next() {
      for (const [name, op] of held) {
        if (!isDue(op)) continue;
        held.delete(name);
        return op;
      }
      return null;
    },
    isEmpty: () => held.size === 0,
  };
}
