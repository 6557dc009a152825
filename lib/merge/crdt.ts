import * as Y from "yjs";
import { decodeBase64, encodeBase64 } from "../kernel/base64";
import { err, ok, type Result } from "../kernel/result";
import type { OpId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import type { TypedValue } from "../protocol/site/replicated-op";
import { perform, readAuthor, readTyped, textShape, writesFor } from "./crdt-content";
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
  readonly typed: (key: string) => TypedValue | null;
  /** The write that a register, or one field of a record, shows now; null where there is none. */
  readonly author: (key: string, field: string | null) => OpId | null;
  /** Carries out writes of this site as `actor`; gives the base64 update, empty if nothing changed. */
  readonly write: (op: WriteOperation, opId: OpId, actor: number) => string;
  /** Lets the update of another site's write in; null when it was. */
  readonly merge: (update: string, actor: number) => UpdateRefusal | null;
  /** True while the document waits for items that others build on: the next update may change any key. */
  readonly isWaiting: () => boolean;
  /** Writes a whole value into an absent key: how data enters from a one-writer mode. */
  readonly seed: (key: string, value: TypedValue, opId: OpId, actor: number) => void;
  /** The whole document as a base64 update, and its inverse, which merges. */
  readonly copy: () => string;
  readonly install: (copy: string) => UpdateRefusal | null;
};

/**
 * The client id while nobody writes. Yjs gives itself a new random id when an update from elsewhere
 * carries its own; as ours is set only during a write of this site, that cannot happen.
 */
const nobody = 0;

/** An empty document. */
export function createCrdt(): Crdt {
  const doc = new Y.Doc();
  doc.clientID = nobody;
  /** Up to where each actor's items have arrived: they come in order, each once. */
  const clocks = new Map<number, number>();

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

  /** `actor` null: the items may be anybody's. */
  function admit(text: string, actor: number | null): UpdateRefusal | null {
    const update = decodeBase64(text);
    if (update === null) return "UPDATE_UNREADABLE";
    const inspected = inspectUpdate(update);
    if (!inspected.ok) return inspected.error;
    for (const [client, { from }] of actor === null ? [] : inspected.value) {
      if (client !== actor) return "UPDATE_FORGED";
      if (from !== (clocks.get(client) ?? 0)) return "UPDATE_OUT_OF_TURN";
    }
    try {
      Y.applyUpdate(doc, update);
    } catch {
      return "UPDATE_UNREADABLE";
    }
    for (const [client, { to }] of inspected.value) clocks.set(client, Math.max(to, clocks.get(client) ?? 0));
    return null;
  }

  /** An edit of a text is planned without reading the text. */
  function plan(op: WriteOperation): Result<TypedValue | null, Refusal> {
    if (op.f !== "insert" && op.f !== "erase") return applyWrite(readTyped(doc, op.key), op);
    const { shows, units } = textShape(doc, op.key);
    if (shows !== null && shows !== "text") return err(wrongType(op.key, shows, "text"));
    return op.f === "insert" && units + op.text.length > limits.valueBytes ? err(tooLarge) : ok(null);
  }

  return {
    plan,
    typed: (key) => readTyped(doc, key),
    author: (key, field) => readAuthor(doc, key, field),
    write: (op, opId, actor) => encodeBase64(transact(actor, () => perform(doc, op, opId, actor))),
    merge: (update, actor) => (update === "" ? null : admit(update, actor)),
    isWaiting: () => doc.store.pendingStructs !== null || doc.store.pendingDs !== null,
    seed(key, value, opId, actor) {
      transact(actor, () => {
        for (const op of writesFor(key, value)) perform(doc, op, opId, actor);
      });
    },
    copy: () => encodeBase64(Y.encodeStateAsUpdate(doc)),
    install: (copy) => admit(copy, null),
  };
}
