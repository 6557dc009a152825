import type * as Y from "yjs";
import { unreachable } from "../kernel/assert";
import { canonicalJson, type Json } from "../kernel/json";
import { madeWhole } from "../kernel/whole-text";
import type { OpId } from "../protocol/ids";
import type { WriteOperation } from "../protocol/operation";
import { type DataType, dataTypeSchema, type TypedValue } from "../protocol/site/replicated-op";
import { incrementSlot, resetSlots, sumSlots } from "./counter-slots";
import { elementName, elementOf } from "./crdt-guard";
import { createRows, type Row } from "./crdt-rows";
import { setOf } from "./typed-value";

/**
 * How each type of data lies in the Yjs document. What is named alike at two sites is one place, so both
 * may create a key at once (nested types would replace one another):
 *
 * - `register`: a Y.Map for all keys, key → `[op id, value]`;
 * - `counter`, `set`, `record`: a Y.Map each for all keys, in which a key has a row (`crdt-rows`) of, in
 *   this order, slots (`counter-slots`); one entry an (element, adder), so that a remove takes exactly the
 *   adds it had seen and every other add survives it; field → `[op id, value]`;
 * - `text:<key>`: a Y.Text.
 *
 * A delete takes from each what its site had seen there; what it had not seen survives.
 */
export type Content = {
  readonly registers: Y.Map<unknown>;
  readonly counter: (key: string) => Row;
  readonly set: (key: string) => Row;
  readonly record: (key: string) => Row;
  readonly text: (key: string) => Y.Text;
  /** Reading must not create a text. */
  readonly hasText: (key: string) => boolean;
};

/** The places of a document. */
export function contentIn(doc: Y.Doc): Content {
  return {
    registers: doc.getMap("register"),
    counter: createRows(doc.getMap("counter")),
    set: createRows(doc.getMap("set")),
    record: createRows(doc.getMap("record")),
    text: (key) => doc.getText(`text:${key}`),
    hasText: (key) => doc.share.has(`text:${key}`),
  };
}

/** Where a key holds several types of data at once (concurrent creation), the first of these is shown. */
const types = dataTypeSchema.options;

/** The value that a key shows; null when it is absent. */
export function readTyped(content: Content, key: string): TypedValue | null {
  for (const type of types) {
    const value = readAs(content, type, key);
    if (value !== null) return value;
  }
  return null;
}

function readAs(content: Content, type: DataType, key: string): TypedValue | null {
  switch (type) {
    case "register": {
      const { registers } = content;
      return registers.has(key) ? { type, value: entryOf(registers.get(key)).value } : null;
    }
    case "counter": {
      const value = sumSlots(content.counter(key));
      return value === null ? null : { type, value };
    }
    case "set":
      return setOf(elementsOf(content.set(key)));
    case "record": {
      const row = content.record(key);
      const fields = row.keys().map((name) => [name, entryOf(row.get(name)).value]);
      return fields.length === 0 ? null : { type, value: Object.fromEntries(fields) };
    }
    case "text": {
      const value = content.hasText(key) ? content.text(key).toString() : "";
      return value === "" ? null : { type, value };
    }
    default:
      return unreachable(type);
  }
}

/** What an edit of a text must know first: how long the text is, or which other type the key shows. */
export function textShape(
  content: Content,
  key: string,
): { readonly shows: DataType | null; readonly units: number } {
  const hiding = types.find((type) => type !== "text" && readAs(content, type, key) !== null);
  if (hiding !== undefined) return { shows: hiding, units: 0 };
  const units = content.hasText(key) ? content.text(key).length : 0;
  return { shows: units > 0 ? "text" : null, units };
}

/** The write that a register, or one field of a record, shows now; null where there is none. */
export function readAuthor({ registers, record }: Content, key: string, field: string | null): OpId | null {
  return entryOf(field === null ? registers.get(key) : record(key).get(field)).opId;
}

/** Carries out one write, inside a transaction of `actor`. Positions past a text's end mean its end. */
export function perform(content: Content, op: WriteOperation, opId: OpId, actor: number): void {
  switch (op.f) {
    case "put":
      content.registers.set(op.key, [opId, op.value]);
      return;
    case "cas":
      content.registers.set(op.key, [opId, op.to]);
      return;
    case "delete":
      clear(content, op.key, actor);
      return;
    case "increment":
      incrementSlot(content.counter(op.key), actor, op.by);
      return;
    case "reserve":
      reserve(content, op, opId, actor);
      return;
    case "add":
      content.set(op.key).set(elementName(canonicalJson(op.value), actor), true);
      return;
    case "remove":
      removeElement(content.set(op.key), canonicalJson(op.value));
      return;
    case "patch":
      content.record(op.key).set(op.field, [opId, op.value]);
      return;
    case "insert": {
      const text = content.text(op.key);
      // What a one-writer mode cut in the middle of a character may come in with the data.
      text.insert(Math.min(op.at, text.length), madeWhole(op.text));
      return;
    }
    case "erase": {
      const text = content.text(op.key);
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
  content: Content,
  { key, amount }: Extract<WriteOperation, { f: "reserve" }>,
  opId: OpId,
  actor: number,
): void {
  const shown = readTyped(content, key);
  if (shown?.type !== "register") incrementSlot(content.counter(key), actor, -amount);
  else content.registers.set(key, [opId, Number(shown.value) - amount]);
}

function clear(
  { registers, counter, set, record, text, hasText }: Content,
  key: string,
  actor: number,
): void {
  registers.delete(key);
  resetSlots(counter(key), actor);
  for (const row of [set(key), record(key)]) for (const name of row.keys()) row.delete(name);
  if (hasText(key)) text(key).delete(0, text(key).length);
}

function removeElement(set: Row, canonical: string): void {
  const start = elementName(canonical, "");
  for (const name of set.keys()) if (name.startsWith(start)) set.delete(name);
}

/** A register or a field as it lies in the document: the write's id and its value. */
function entryOf(entry: unknown): { readonly opId: OpId | null; readonly value: Json } {
  const [opId, value]: unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof opId !== "string") return { opId: null, value: null };
  return { opId: opId as OpId, value: value as Json };
}

/** An element as often as there are actors that added it. */
function elementsOf(set: Row): Json[] {
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
