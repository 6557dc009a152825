import * as Y from "yjs";
import { createCrdt } from "../../lib/merge/crdt";
import { actorOf } from "../../lib/merge/write";
import { type MergeRule, mergeRules } from "../../lib/protocol/cluster";
import type { OpId, SiteId } from "../../lib/protocol/ids";
import type { Operation, WriteOperation } from "../../lib/protocol/operation";
import { emit, quantile, ratio, round } from "./line";
import { createLoopPod } from "./loop-pod";

const sites = ["mumbai", "pune", "frankfurt"] as readonly string[] as readonly SiteId[];
const warmUp = 2000;
const writes = 3000;
const rounds = 5;
const keys = 500;

/** One kind of work: the `i`th operation, and the same thing done to a bare Yjs document. */
type Work = {
  readonly name: string;
  readonly op: (i: number) => Operation;
  readonly bare: (doc: Y.Doc, i: number) => void;
};

const works: readonly Work[] = [
  {
    name: "registers",
    op: (i) => ({ f: "put", key: `key-${i % keys}`, value: `value ${i}` }),
    bare: (doc, i) => void doc.getMap(`register:key-${i % keys}`).set("", `value ${i}`),
  },
  {
    name: "sets",
    op: (i) => ({ f: "add", key: `key-${i % keys}`, value: `element ${i}` }),
    bare: (doc, i) => void doc.getMap(`set:key-${i % keys}`).set(`element ${i}`, true),
  },
  {
    name: "text",
    op: (i) => ({ f: "insert", key: `key-${i % keys}`, at: 0, text: "word " }),
    bare: (doc, i) => doc.getText(`text:key-${i % keys}`).insert(0, "word "),
  },
];

/**
 * What a write costs the three sites of an active-active pod in one process, under each merge rule; for
 * `crdt` beside three bare Yjs documents that tell each other the same edits.
 */
export async function benchMerge(): Promise<void> {
  for (const work of works) {
    const bare = perSecond(() => bareWriter(work));
    for (const rule of mergeRules) {
      const line = { bench: "merge", n: writes, notes: `${rule}; ${work.name}; ${sites.length} sites` };
      const value = perSecond(() => podWriter(work, rule, (message) => message));
      const beside = rule === "crdt" ? { baseline: bare, ratio: ratio(value, bare) } : {};
      emit({ ...line, metric: "replicated writes per second", value, unit: "1/s", ...beside });
    }
    const alone = perSecond(() => ruleWriter(work));
    const line = { bench: "merge", n: writes, notes: `the crdt rule alone; ${work.name}` };
    const beside = { baseline: bare, ratio: ratio(alone, bare) };
    emit({ ...line, metric: "replicated writes per second", value: alone, unit: "1/s", ...beside });
    measureTraffic(work);
  }
}

/** Bytes as JSON, and messages, that one write brings about: the same whichever rule serves, for all travel together. */
function measureTraffic(work: Work): void {
  let [messages, bytes] = [0, 0];
  const write = podWriter(work, "lww", (message) => {
    messages += 1;
    bytes += JSON.stringify(message).length;
    return message;
  });
  for (let i = 0; i < writes; i += 1) write(i);
  const line = { bench: "merge", n: writes, notes: `any rule; ${work.name}; ${sites.length} sites` };
  emit({ ...line, metric: "messages a write", value: round(messages / writes, 2), unit: "1" });
  emit({ ...line, metric: "bytes a write", value: round(bytes / writes, 0), unit: "B" });
}

/** The crdt rule by itself: Yjs with our guard and our containers, without log, vectors and the other rules. */
function ruleWriter({ op }: Work): (i: number) => void {
  const rules = sites.map(() => createCrdt());
  return (i) => {
    const at = i % rules.length;
    const actor = actorOf(at, 1);
    const update = rules[at]?.write(op(i) as WriteOperation, `bench:${i}` as OpId, actor) ?? "";
    for (const [other, rule] of rules.entries())
      if (other !== at) rule.merge(update, { actor, key: op(i).key, isComplete: true });
  };
}

/** Its clients have read what they replace: blind ones would only pile siblings up. */
function podWriter({ op }: Work, merge: MergeRule, carry: <T>(message: T) => T): (i: number) => void {
  const pod = createLoopPod(sites, { mode: "active-active", merge }, carry);
  return (i) => {
    const outcome = pod.ask(sites[i % sites.length] as SiteId, op(i), "held");
    if (outcome?.status !== "ok")
      throw new Error(`${merge}: write ${i} was answered ${JSON.stringify(outcome)}`);
    if (i % 20 === 0) pod.wait(1);
  };
}

function bareWriter({ bare }: Work): (i: number) => void {
  const docs = sites.map(() => new Y.Doc());
  for (const doc of docs)
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === docs) return;
      for (const other of docs) if (other !== doc) Y.applyUpdate(other, update, docs);
    });
  return (i) => {
    const doc = docs[i % docs.length];
    doc?.transact(() => bare(doc, i));
  };
}

/** The median of a few fresh writers, by processor time: other processes of the machine count little. */
function perSecond(writer: () => (i: number) => void): number {
  const runs = Array.from({ length: rounds }, () => {
    const write = writer();
    for (let i = 0; i < warmUp; i += 1) write(i);
    const before = process.cpuUsage();
    for (let i = warmUp; i < warmUp + writes; i += 1) write(i);
    const { user, system } = process.cpuUsage(before);
    return writes / ((user + system) / 1_000_000);
  });
  return Math.round(quantile(runs, 0.5) ?? 0);
}
