import type { OpId } from "../protocol/ids";
import type { WriteOperation } from "../protocol/operation";
import type { Write } from "../protocol/site/merge-copy";
import type { DataType } from "../protocol/site/replicated-op";
import type { KnownWrite } from "./conflicts";
import type { Crdt } from "./crdt";
import { kept, overwritten, type Receipt } from "./receipts";
import { typeOfWrite } from "./typed-value";

/** The one place that a write fills whole: a register or one field of a record. Others add to what is there. */
type Cell = { readonly type: DataType; readonly field: string | null } | null;

function cellOf(op: WriteOperation | null, shows: DataType | null): Cell {
  // A write that came in a copy: if the key shows a register, that is what it wrote.
  if (op === null) return shows === "register" ? { type: "register", field: null } : null;
  if (op.f === "put" || op.f === "cas") return { type: "register", field: null };
  return op.f === "patch" ? { type: "record", field: op.field } : null;
}

/** What the `crdt` rule did with two concurrent writes of a key, both in the document already. */
export function crdtReceipts(crdt: Crdt, key: string, a: KnownWrite, b: KnownWrite): readonly Receipt[] {
  const shows = crdt.typed(key)?.type ?? null;
  const hidden = [a, b].find(({ op }) => isHidden(op, shows));
  if (hidden !== undefined) return hiddenBehind(key, hidden.write, (hidden === a ? b : a).write, shows);
  const cellA = cellOf(a.op, shows);
  const cellB = cellOf(b.op, shows);
  const author = cellA === null ? null : crdt.author(key, cellA.field);
  if (cellA?.type !== cellB?.type || cellA?.field !== cellB?.field || author === null) {
    return [merged(key, a.write), merged(key, b.write)];
  }
  return [a, b].map(({ write }) => oneCell(key, write, author));
}

function oneCell(key: string, write: Write, author: OpId): Receipt {
  if (write.opId === author) return kept("crdt", key, write, "Its site has the higher Yjs client id.");
  const why = `One place holds one value: ${author}, concurrent with it, comes from the higher Yjs client id (not from the later moment).`;
  return overwritten("crdt", key, write, author, why);
}

function isHidden(op: WriteOperation | null, shows: DataType | null): boolean {
  const type = op === null ? null : typeOfWrite[op.f];
  return type !== null && shows !== null && type !== shows;
}

/** Two sites made the key at once with different types of data; every site shows the same one of them. */
function hiddenBehind(key: string, loser: Write, winner: Write, shows: DataType | null): readonly Receipt[] {
  const why = `The key was made a ${shows} by ${winner.opId} at the same time, and shows as that.`;
  return [
    overwritten("crdt", key, loser, winner.opId, why),
    kept("crdt", key, winner, `The key shows as a ${shows}.`),
  ];
}

function merged(key: string, write: Write): Receipt {
  const why = "Both concurrent writes keep their effect.";
  return { op: write.opId, key, merge: "crdt", outcome: "merged", by: null, unseen: false, why };
}
