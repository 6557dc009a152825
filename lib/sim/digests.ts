import type { Engine, EngineSnapshot } from "../engine/types";
import { canonicalJson } from "../kernel/json";
import type { Machines } from "./pod";
import { createVersionsTaken } from "./versions-taken";

/** Strong convergence: sites that have seen the same writes hold the same data, whatever the order was. */
export type Digests = {
  /** The same machines, looked at after every step that put anything on a disk. */
  readonly over: (machines: Machines) => Machines;
  /** The first two sites that had seen the same and held something else, as one sentence; null where none did. */
  readonly parted: () => string | null;
};

/** Nothing has been seen. Active-active tells by a vector what a site has seen of the data; a quorum does not. */
export function createDigests(): Digests {
  const versions = createVersionsTaken();
  const first = new Map<string, EngineSnapshot>();
  let sentence: string | null = null;

  function look(shot: EngineSnapshot): void {
    if (sentence !== null || shot.view?.cluster.mode !== "active-active" || shot.role !== "primary") return;
    const known = first.get(`${shot.view.generation} ${canonicalJson(shot.seen)}`);
    if (known === undefined) first.set(`${shot.view.generation} ${canonicalJson(shot.seen)}`, shot);
    else if (known.dataDigest !== shot.dataDigest)
      sentence = `${known.site} and ${shot.site} had both seen ${canonicalJson(shot.seen)}, and held different data.`;
  }

  function watched(engine: Engine): Engine {
    return {
      ...engine,
      step(input) {
        const outputs = engine.step(input);
        versions.see(engine.identity.site, input, outputs);
        if (outputs.some(({ type }) => type === "persist")) look(engine.snapshot());
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
