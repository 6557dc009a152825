import type { LoggedOp } from "../../merge/op-log";
import { peersOf, type Site, send } from "../site";
import { batchesOf, laneOf, opsOf } from "./batch";

/** Writes of this site on their way to its own disk, and from there to every member. */
export type Outbox = {
  /** Adds a write that has just been persisted. */
  readonly add: (logged: LoggedOp) => void;
  /** Sends everything that is on disk by now. */
  readonly flush: () => void;
  /** True while a write of the key made here is not on disk, so that a crash could still take it back. */
  readonly mayVanish: (key: string) => boolean;
};

type Waiting = { readonly logged: LoggedOp; readonly persistSeq: number; readonly generation: number };

/** An empty outbox. What the journal committed in one go leaves in as few messages as it fits in. */
export function createOutbox(site: Site): Outbox {
  const waiting: Waiting[] = [];
  return {
    add(logged) {
      waiting.push({ logged, persistSeq: site.persistSeq, generation: site.generation });
    },
    flush() {
      const onDisk = waiting.findIndex(({ persistSeq }) => persistSeq > site.persistedSeq);
      const ready = waiting.splice(0, onDisk === -1 ? waiting.length : onDisk);
      const current = ready.filter(({ generation }) => generation === site.generation);
      for (const batch of batchesOf(current.map(({ logged }) => logged))) {
        const message = { type: "ops", generation: site.generation, ops: opsOf(batch) } as const;
        for (const peer of peersOf(site)) send(site, peer, message, laneOf(batch));
      }
    },
    mayVanish: (key) => waiting.some(({ logged }) => logged.op.op.key === key),
  };
}
