import { createOneWriter } from "../engine/one-writer";
import type { DeciderKind, ModeKind, Parts, PartsNeeded } from "../engine/parts";

type Maker<Table, Kind extends keyof Table> = NonNullable<Table[Kind]>;
type Modes = { [Kind in ModeKind]?: Maker<Parts["modes"], Kind> };
type Deciders = { [Kind in DeciderKind]?: Maker<Parts["deciders"], Kind> };

/** What this page has loaded of the engine so far; engines made of it may use whatever comes later. */
const loaded: { readonly modes: Modes; readonly deciders: Deciders } = {
  modes: { log: createOneWriter },
  deciders: {},
};
export const engineParts: Parts = loaded;

/** A part that could not be loaded, as the server is away, is asked for again after this. */
const retryMs = 1_000;

const modeLoaders = {
  log: async () => createOneWriter,
  consensus: async () => (await import("../engine/consensus")).createConsensus,
  merge: async () => (await import("../engine/many-writers")).createManyWriters,
  quorum: async () => (await import("../engine/quorum")).createQuorum,
} as const;
const deciderLoaders = {
  votes: async () => (await import("../engine/deciding/votes")).createVotes,
  peer: async () => (await import("../engine/deciding/peer")).createPeer,
  swim: async () => (await import("../engine/deciding/swim")).createSwim,
} as const;

/** True where an engine may be told of what needs these. */
export function hasParts({ modes, deciders }: PartsNeeded): boolean {
  return modes.every((kind) => kind in loaded.modes) && deciders.every((kind) => kind in loaded.deciders);
}

/** Loads what is missing, however long that takes: a seat brings only what its cluster needs, and Yjs with it. */
export async function loadParts({ modes, deciders }: PartsNeeded): Promise<void> {
  await Promise.all([
    ...modes.map(async (kind) => {
      loaded.modes[kind] ??= await untilLoaded(modeLoaders[kind]);
    }),
    ...deciders.map(async (kind) => {
      loaded.deciders[kind] ??= await untilLoaded(deciderLoaders[kind]);
    }),
  ]);
}

async function untilLoaded<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}
