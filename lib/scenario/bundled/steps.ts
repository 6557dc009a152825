import type { Operation } from "../../protocol/operation";
import type { ScenarioInput } from "../schema";

export type Step = NonNullable<ScenarioInput["timeline"]>[number];
/** Writes in a row, one every `everyMs`. */
type Stream = NonNullable<ScenarioInput["traffic"]>[number];

/** One operation of a client at a site, or of the world (`route`). */
export function op(atMs: number, session: string, site: string, operation: Operation): Step {
  return { atMs, do: "op", session, site, op: operation } as Step;
}

export function put(atMs: number, session: string, site: string, key: string, value: string): Step {
  return op(atMs, session, site, { f: "put", key, value });
}

export function get(atMs: number, session: string, site: string, key: string): Step {
  return op(atMs, session, site, { f: "get", key });
}

/** An open loop of writes of one key. */
export function writes(
  session: string,
  site: string,
  key: string,
  everyMs: number,
  fromMs: number,
  toMs: number,
): Stream {
  return { session, site, everyMs, fromMs, toMs, mix: { put: 1 }, keys: [key] } as Stream;
}

/** An open loop of reads of one key. */
export function reads(
  session: string,
  site: string,
  key: string,
  everyMs: number,
  fromMs: number,
  toMs: number,
): Stream {
  return { session, site, everyMs, fromMs, toMs, mix: { get: 1 }, keys: [key] } as Stream;
}
