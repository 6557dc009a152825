import type { Engine, EngineSnapshot } from "../engine/types";
import { canonicalJson } from "../kernel/json";
import type { Machines } from "./pod";
import { createVersionsTaken } from "./versions-taken";

/** Strong convergence: sites that have seen the same writes hold the same data, whatever the order was. */
export type Digests = {
  /** The same machines, looked at after every step that puts anything on a disk, once it is there. */
  readonly over: (machines: Machines) => Machines;
  /** The first two sites that had seen the same and held something else, as one sentence; null where none did. */
  readonly parted: () => string | null;
};

/** Nothing has been seen. Active-active tells by a vector what a site has seen of the data; a quorum does not. */
export function createDigests(): Digests {
  const versions = createVersionsTaken();
  const first = new Map<string, Look>();
  let sentence: string | null = null;

  function compare(look: Look): void {
    const known = first.get(look.seen);
    if (known === undefined) first.set(look.seen, look);
    else if (known.data !== look.data)
      sentence ??= `${known.site} and ${look.site} had both seen ${look.seen}, and held different data.`;
  }

  function watched(engine: Engine): Engine {
    /** By the number of the disk's commit: what a crash may still take back, another write may come in place of. */
    let waiting: readonly { readonly seq: number; readonly look: Look }[] = [];
    return {
      ...engine,
      step(input) {
        const outputs = engine.step(input);
        versions.see(engine.identity.site, input, outputs);
        if (sentence !== null) return outputs;
        const last = outputs.findLast((output) => output.type === "persist");
        const look = last === undefined ? null : lookAt(engine.snapshot());
        if (last !== undefined && look !== null) waiting = [...waiting, { seq: last.seq, look }];
        if (input.type !== "persisted") return outputs;
        for (const each of waiting) if (each.seq <= input.seq) compare(each.look);
        waiting = waiting.filter(({ seq }) => seq > input.seq);
        return outputs;
      },
    };
  }

  return {
    over: (machines) => ({
      ...machines,
      createEngine: (identity) => watched(machines.createEngine(identity)),
    }),
    parted: () => sentence ?? versions.parted(),
  };
}

/** What a site had seen, and a digest of what it held. */
type Look = { readonly site: string; readonly seen: string; readonly data: string };

function lookAt({ site, view, role, seen, dataDigest }: EngineSnapshot): Look | null {
  if (view?.cluster.mode !== "active-active" || role !== "primary") return null;
  return { site, seen: `${canonicalJson(seen)} in generation ${view.generation}`, data: dataDigest };
}
