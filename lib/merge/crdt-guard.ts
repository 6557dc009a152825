import { ContentAny, ContentDeleted, ContentString, decodeUpdate, GC, Item } from "yjs";
import type { Json } from "../kernel/json";
import { err, ok, type Result } from "../kernel/result";
import { isJson } from "../protocol/operation";
import { placeOf } from "./crdt-rows";

/** Why a Yjs update was not let into the document; counted, never thrown. */
export type UpdateRefusal = "UPDATE_UNREADABLE" | "UPDATE_FORGED" | "UPDATE_OUT_OF_TURN" | "UPDATE_FOREIGN";

/** For each Yjs client in an update: the clock it starts from and the one it ends before. */
export type UpdateSpan = ReadonlyMap<number, { readonly from: number; readonly to: number }>;

/** Honest values nest at most 32 deep, in an entry that names its write. */
const depthMax = 33;
const separator = "\u0000";

/**
 * Reads an update without touching any document and admits only what our own containers write: plain
 * JSON, text and deletions in the places that `crdt-content` names. So nothing that the document
 * holds can make a later read throw or recurse without end.
 */
export function inspectUpdate(update: Uint8Array): Result<UpdateSpan, UpdateRefusal> {
  const span = new Map<number, { from: number; to: number }>();
  try {
    for (const struct of decodeUpdate(update).structs) {
      if (!isOurs(struct)) return err("UPDATE_FOREIGN");
      const { client, clock } = struct.id;
      const known = span.get(client);
      if (known !== undefined && known.to !== clock) return err("UPDATE_OUT_OF_TURN");
      span.set(client, { from: known?.from ?? clock, to: clock + struct.length });
    }
    return ok(span);
  } catch {
    return err("UPDATE_UNREADABLE");
  }
}

type Struct = ReturnType<typeof decodeUpdate>["structs"][number];

function isOurs(struct: Struct): boolean {
  if (struct instanceof GC) return true;
  if (!(struct instanceof Item)) return false;
  return isOurContent(struct.content) && isOurPlace(struct.parent, struct.parentSub);
}

function isOurContent(content: Item["content"]): boolean {
  if (content instanceof ContentAny) return content.arr.every((value) => isJson(value, depthMax));
  return content instanceof ContentString || content instanceof ContentDeleted;
}

/** An item that has a neighbour leaves its place out: it is where the neighbour, checked before, is. */
function isOurPlace(parent: unknown, name: string | null): boolean {
  if (parent === null) return true;
  if (typeof parent !== "string") return false;
  if (parent.startsWith("text:")) return name === null;
  if (name === null) return false;
  if (parent === "register") return true;
  const place = placeOf(name);
  if (place === null) return false;
  return parent === "set" ? elementOf(place.name) !== undefined : parent === "counter" || parent === "record";
}

/** The entry of a set that says "`actor` added the element with this canonical JSON". */
export function elementName(canonical: string, actor: number | ""): string {
  return `${canonical}${separator}${actor}`;
}

/** The element that a set's entry stands for; undefined when the name is not one of ours. */
export function elementOf(name: string): Json | undefined {
  const end = name.indexOf(separator);
  try {
    const value: unknown = JSON.parse(name.slice(0, end));
    return end > 0 && isJson(value, depthMax) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
