import type * as Y from "yjs";
import { unreachable } from "../kernel/assert";
import { canonicalJson, type Json } from "../kernel/json";
import type { OpId } from "../protocol/ids";
import type { WriteOperation } from "../protocol/operation";
import { type DataType, dataTypeSchema, type TypedValue } from "../protocol/site/replicated-op";
import { incrementSlot, resetSlots, sumSlots } from "./counter-slots";
import { elementName, elementOf } from "./crdt-guard";
import { setOf } from "./typed-value";

/**
 * How each type of data lies in the Yjs document. Root types merge by name, so two sites that create
 * the same key at once write into one container (nested types would replace one another):
 *
 * - `register`: one Y.Map for all, key → `[op id, value]`;
 * - `counter:<key>`: a Y.Map of slots, see `counter-slots`;
 * - `set:<key>`: a Y.Map with one entry an (element, adder), so that a remove takes exactly the adds it
 *   had seen and every other add survives it;
 * - `record:<key>`: a Y.Map, field → `[op id, value]`;
 * - `text:<key>`: a Y.Text.
 *
 * A delete takes from each container what its site had seen there; what it had not seen survives.
 */
const rootOf = (type: DataType, key: string) => (type === "register" ? "register" : `${type}:${key}`);
const mapOf = (doc: Y.Doc, type: DataType, key: string): Y.Map<unknown> => doc.getMap(rootOf(type, key));
const textOf = (doc: Y.Doc, key: string) => doc.getText(rootOf("text", key));
/** Reading must not create containers. */
const exists = (doc: Y.Doc, type: DataType, key: string) => doc.share.has(rootOf(type, key));

/** Where a key holds several types of data at once (concurrent creation), the first of these is shown. */
const types = dataTypeSchema.options;

/** The value that a key shows; null when it is absent. */
export function readTyped(doc: Y.Doc, key: string): TypedValue | null {
  for (const type of types) {
    const value = exists(doc, type, key) ? readAs(doc, type, key) : null;
    if (value !== null) return value;
  }
  return null;
}

function readAs(doc: Y.Doc, type: DataType, key: string): TypedValue | null {
  switch (type) {
    case "register": {
      const registers = mapOf(doc, type, key);
      return registers.has(key) ? { type, value: entryOf(registers.get(key)).value } : null;
    }
    case "counter": {
      const value = sumSlots(mapOf(doc, type, key));
      return value === null ? null : { type, value };
    }
    case "set":
      return setOf(elementsOf(mapOf(doc, type, key)));
    case "record": {
      const fields = [...mapOf(doc, type, key)].map(([name, entry]) => [name, entryOf(entry).value]);
      return fields.length === 0 ? null : { type, value: Object.fromEntries(fields) };
    }
    case "text": {
      const value = textOf(doc, key).toString();
      return value === "" ? null : { type, value };
    }
    default:
      return unreachable(type);
  }
}

/** What an edit of a text must know first: how long the text is, or which other type the key shows. */
export function textShape(
  doc: Y.Doc,
  key: string,
): { readonly shows: DataType | null; readonly units: number } {
  const hiding = types.find(
    (type) => type !== "text" && exists(doc, type, key) && readAs(doc, type, key) !== null,
  );
  if (hiding !== undefined) return { shows: hiding, units: 0 };
  const units = exists(doc, "text", key) ? textOf(doc, key).length : 0;
  return { shows: units > 0 ? "text" : null, units };
}

/** The write that a register, or one field of a record, shows now; null where there is none. */
export function readAuthor(doc: Y.Doc, key: string, field: string | null): OpId | null {
  const type = field === null ? "register" : "record";
  return exists(doc, type, key) ? entryOf(mapOf(doc, type, key).get(field ?? key)).opId : null;
}

/** Carries out one write, inside a transaction of `actor`. Positions past a text's end mean its end. */
export function perform(doc: Y.Doc, op: WriteOperation, opId: OpId, actor: number): void {
  switch (op.f) {
    case "put":
      mapOf(doc, "register", op.key).set(op.key, [opId, op.value]);
      return;
    case "cas":
      mapOf(doc, "register", op.key).set(op.key, [opId, op.to]);
      return;
    case "delete":
      for (const type of types) if (exists(doc, type, op.key)) clear(doc, type, op.key, actor);
      return;
    case "increment":
      incrementSlot(mapOf(doc, "counter", op.key), actor, op.by);
      return;
    case "reserve":
      reserve(doc, op, opId, actor);
      return;
    case "add":
      mapOf(doc, "set", op.key).set(elementName(canonicalJson(op.value), actor), true);
      return;
    case "remove":
      removeElement(mapOf(doc, "set", op.key), canonicalJson(op.value));
      return;
    case "patch":
      mapOf(doc, "record", op.key).set(op.field, [opId, op.value]);
      return;
    case "insert": {
      const text = textOf(doc, op.key);
      text.insert(Math.min(op.at, text.length), op.text);
      return;
    }
    case "erase": {
      const text = textOf(doc, op.key);
      const at = Math.min(op.at, text.length);
      text.delete(at, Math.min(op.length, text.length - at));
      return;
    }
    default:
      unreachable(op);
  }
}

/** From a counter it is taken like a decrement; a register is read and written whole. */
function reserve(
  doc: Y.Doc,
  { key, amount }: Extract<WriteOperation, { f: "reserve" }>,
  opId: OpId,
  actor: number,
): void {
  const shown = readTyped(doc, key);
  if (shown?.type !== "register") incrementSlot(mapOf(doc, "counter", key), actor, -amount);
  else mapOf(doc, "register", key).set(key, [opId, Number(shown.value) - amount]);
}

function clear(doc: Y.Doc, type: DataType, key: string, actor: number): void {
  if (type === "counter") resetSlots(mapOf(doc, type, key), actor);
  else if (type === "text") textOf(doc, key).delete(0, textOf(doc, key).length);
  else if (type === "register") mapOf(doc, type, key).delete(key);
  else for (const name of [...mapOf(doc, type, key).keys()]) mapOf(doc, type, key).delete(name);
}

function removeElement(set: Y.Map<unknown>, canonical: string): void {
  const start = elementName(canonical, "");
  for (const name of [...set.keys()]) if (name.startsWith(start)) set.delete(name);
}

/** A register or a field as it lies in the document: the write's id and its value. */
function entryOf(entry: unknown): { readonly opId: OpId | null; readonly value: Json } {
  const [opId, value]: unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof opId !== "string") return { opId: null, value: null };
  return { opId: opId as OpId, value: value as Json };
}

/** An element as often as there are actors that added it. */
function elementsOf(set: Y.Map<unknown>): Json[] {
  const elements: Json[] = [];
  for (const name of set.keys()) {
    const element = elementOf(name);
    if (element !== undefined) elements.push(element);
  }
  return elements;
}

/** The writes that make an absent key hold this value. */
export function writesFor(key: string, typed: TypedValue): readonly WriteOperation[] {
  switch (typed.type) {
    case "register":
      return [{ f: "put", key, value: typed.value }];
    case "counter":
      return [{ f: "increment", key, by: typed.value }];
    case "set":
      return typed.value.map((value) => ({ f: "add", key, value }));
    case "record":
      return Object.entries(typed.value).map(([field, value]) => ({ f: "patch", key, field, value }));
    case "text":
      return [{ f: "insert", key, at: 0, text: typed.value }];
    default:
      return unreachable(typed);
  }
}
