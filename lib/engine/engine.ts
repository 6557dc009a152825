import { allParts } from "./all-parts";
import { createMachine } from "./machine";
import type { Engine, EngineIdentity } from "./types";

/** Creates one site's replication engine, ready for every cluster: see `createMachine`. */
export function createEngine(identity: EngineIdentity): Engine {
  return createMachine(identity, allParts);
}
