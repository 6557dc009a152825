import type { Json } from "../lib/kernel/json";

/** A value as JSON prints it: members that are undefined are gone. */
export function plainJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
