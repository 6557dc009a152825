import * as Y from "yjs";
import { decodeBase64, encodeBase64 } from "../kernel/base64";
import { err, ok, type Result } from "../kernel/result";
import type { OpId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import type { TypedValue } from "../protocol/site/replicated-op";
import {
  type Content,
  contentIn,
  perform,
  readAuthor,
  readTyped,
  textShape,
  writesFor,
} from "./crdt-content";
import { inspectUpdate, type UpdateRefusal } from "./crdt-guard";
import { type Refusal, tooLarge, wrongType } from "./refusal";
import { applyWrite } from "./typed-value";

/**
 * The `crdt` rule: one Yjs document. Concurrent operations all keep their effect, except that a register
 * (or one field of a record) holds one value at a time: of two concurrent puts Yjs keeps the one of the
 * higher client id, which is not the later one.
 */
export type Crdt = {
  /** What a write of this site would make of the key's value, or why it is refused. */
  readonly plan: (op: WriteOperation) => Result<TypedValue | null, Refusal>;
  /** True once a write more would be too many: what was overwritten is never forgotten. */
  readonly isFull: () => boolean;
  readonly typed: (key: string) => TypedValue | null;
  /** The write that a register, or one field of a record, shows now; null where there is none. */
  readonly author: (key: string, field: string | null) => OpId | null;
  /** Carries out writes of this site as `actor`; gives the base64 update, empty if nothing changed. */
  readonly write: (op: WriteOperation, opId: OpId, actor: number) => string;
  /**
   * Lets the update of a write that another site made of a key in; null when it was. `isComplete` where all
   * that happened before it is here: then it may lie by until somebody looks at the key.
   */
  readonly merge: (update: string, from: Author) => UpdateRefusal | null;
  /** True while the document waits for items that others build on: the next update may change any key. */
  readonly isWaiting: () => boolean;
  /** Writes a whole value into an absent key: how data enters from a one-writer mode. */
  readonly seed: (key: string, value: TypedValue, opId: OpId, actor: number) => void;
  /** The whole document as a base64 update, and its inverse, which merges. */
  readonly copy: () => string;
  readonly install: (copy: string) => UpdateRefusal | null;
};

/** Whose write an update is of, of which key, and whether all that it may build on is here. */
export type Author = { readonly actor: number; readonly key: string; readonly isComplete: boolean };

/** Updates that lie by at once: one transaction for all of them costs a fraction of one each. */
const lyingByAtMost = 100;

/**
 * The client id while nobody writes. Yjs gives itself a new random id when an update from elsewhere
 * carries its own; as ours is set only during a write of this site, that cannot happen.
 */
const nobody = 0;

/** An empty document. */
export function createCrdt(): Crdt {
  const doc = new Y.Doc();
  const content = contentIn(doc);
  doc.clientID = nobody;
  /** Up to where each actor's items have arrived: they come in order, each once. */
  const clocks = new Map<number, number>();

  /** Admitted, and not in the document yet. */
  const lyingBy = { updates: [] as Uint8Array[], keys: new Set<string>() };

  function isWaiting(): boolean {
    return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
  }

  function isFull(): boolean {
    let items = lyingBy.updates.length;
    for (const structs of doc.store.clients.values()) items += structs.length;
    return items >= limits.documentItems;
  }

  /** An update that cannot be carried out has no effect. */
  function take(update: Uint8Array): boolean {
    try {
      Y.applyUpdate(doc, update);
      return true;
    } catch {
      return false;
    }
  }

  /** Brings the document up to date. */
  function catchUp(): void {
    if (lyingBy.updates.length === 0) return;
    doc.transact(() => {
      for (const update of lyingBy.updates) take(update);
    });
    lyingBy.updates.length = 0;
    lyingBy.keys.clear();
  }

  /** What there is, up to date as far as one key goes. */
  function contentOf(key: string): Content {
    if (lyingBy.keys.has(key)) catchUp();
    return content;
  }

  /** Runs one transaction as `actor` and gives its update. */
  function transact(actor: number, change: () => void): Uint8Array {
    let made: Uint8Array = new Uint8Array();
    const keep = (update: Uint8Array) => {
      made = update;
    };
    doc.clientID = actor;
    doc.on("update", keep);
    doc.transact(change);
    doc.off("update", keep);
    doc.clientID = nobody;
    return made;
  }

  /** `from` null: the items may be anybody's. */
  function admit(text: string, from: Author | null): UpdateRefusal | null {
    const update = decodeBase64(text);
    if (update === null) return "UPDATE_UNREADABLE";
    const inspected = inspectUpdate(update);
    if (!inspected.ok) return inspected.error;
    for (const [client, span] of from === null ? [] : inspected.value) {
      if (client !== from?.actor) return "UPDATE_FORGED";
      if (span.from !== (clocks.get(client) ?? 0)) return "UPDATE_OUT_OF_TURN";
    }
    if (from?.isComplete && !isWaiting()) {
      lyingBy.updates.push(update);
      lyingBy.keys.add(from.key);
      if (lyingBy.updates.length >= lyingByAtMost) catchUp();
    } else {
      catchUp();
      if (!take(update)) return "UPDATE_UNREADABLE";
    }
    for (const [client, { to }] of inspected.value) clocks.set(client, Math.max(to, clocks.get(client) ?? 0));
    return null;
  }

  /** An edit of a text is planned without reading the text. */
  function plan(op: WriteOperation): Result<TypedValue | null, Refusal> {
    if (op.f !== "insert" && op.f !== "erase") return applyWrite(readTyped(contentOf(op.key), op.key), op);
    const { shows, units } = textShape(contentOf(op.key), op.key);
    if (shows !== null && shows !== "text") return err(wrongType(op.key, shows, "text"));
    return op.f === "insert" && units + op.text.length > limits.valueBytes ? err(tooLarge) : ok(null);
  }

  return {
    plan,
    isFull,
    typed: (key) => readTyped(contentOf(key), key),
    author: (key, field) => readAuthor(contentOf(key), key, field),
    write(op, opId, actor) {
      const there = contentOf(op.key);
      return encodeBase64(transact(actor, () => perform(there, op, opId, actor)));
    },
    merge: (update, from) => (update === "" ? null : admit(update, from)),
    isWaiting,
    seed(key, value, opId, actor) {
      transact(actor, () => {
        for (const op of writesFor(key, value)) perform(content, op, opId, actor);
      });
    },
    copy() {
      catchUp();
      return encodeBase64(Y.encodeStateAsUpdate(doc));
    },
    install: (copy) => admit(copy, null),
  };
}
