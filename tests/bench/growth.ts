import { must } from "../../lib/kernel/assert";
import { createMergeStore, type MergeStore } from "../../lib/merge/store";
import { actorOf } from "../../lib/merge/write";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import { type OpId, opIdOf, type SessionId, type SiteId } from "../../lib/protocol/ids";
import type { WriteOperation } from "../../lib/protocol/operation";
import type { ReplicatedOp } from "../../lib/protocol/site/replicated-op";
import { emit, round } from "./line";
import { createLoopPod } from "./loop-pod";

const value = "a value of twenty-six bytes";

/**
 * How the cost of one write, and what is kept, grow with the sites, the keys and the operations. It works
 * on the stores of the sites themselves, since a pod has at most twelve and a site takes ten thousand keys
 * of its own: 48 stores, and a hundred thousand keys from twelve writers, are beyond any pod.
 */
export async function benchGrowth(): Promise<void> {
  for (const [name, cluster] of Object.entries(modes))
    for (const sites of [3, 6, 12]) traffic(name, cluster, sites);
  exchange(12, 200);
  for (const sites of [3, 6, 12, 24, 48]) growSites(sites);
  for (const keys of [100, 1000, 10_000, 100_000]) growKeys(keys);
  growOperations(1_000_000);
}

type Writer = { readonly store: MergeStore; readonly put: (op: WriteOperation) => ReplicatedOp };

function writer(index: number): Writer {
  const site = `site${index}` as SiteId;
  const session = `c${index}` as SessionId;
  const store = createMergeStore(site, actorOf(index, 1));
  let n = 0;
  return {
    store,
    put(op) {
      n += 1;
      const opId: OpId = opIdOf(session, n);
      const asked = { opId, session, op, wall: n, context: "held", holders: [] } as const;
      const accepted = store.accept(asked, "lww");
      if (!accepted.ok) throw new Error(accepted.error.why);
      return accepted.value.op;
    },
  };
}

const modes: Readonly<Record<string, ClusterPatch>> = {
  "active-passive, async": { preset: "postgres-async" },
  "active-passive, sync": { preset: "postgres-sync" },
  consensus: { mode: "consensus" },
  "quorum, n 3": { mode: "quorum" },
  "active-active": { mode: "active-active" },
};

/** Messages and bytes as JSON that one write brings about in a pod of so many sites, coordination apart. */
function traffic(name: string, cluster: ClusterPatch, count: number): void {
  let [messages, bytes] = [0, 0];
  const ids = Array.from({ length: count }, (_, index) => `site${index}` as SiteId);
  const pod = createLoopPod(ids, cluster, (message) => {
    messages += 1;
    bytes += size(message);
    return message;
  });
  pod.wait(6000);
  const site = pod.primary();
  [messages, bytes] = [0, 0];
  for (let i = 0; i < 300; i += 1) {
    const outcome = pod.ask(site, { f: "put", key: `key ${i % 100}`, value }, "held");
    if (outcome?.status !== "ok") throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  }
  const line = { bench: "growth", n: 300, notes: `${name}, ${count} sites` };
  emit({ ...line, metric: "messages a write", value: round(messages / 300, 1), unit: "1" });
  emit({ ...line, metric: "bytes a write", value: round(bytes / 300, 0), unit: "B" });
}

/** Every site writes in turn, and every other one takes that in. Gives how many writes, and the last. */
function exchange(sites: number, rounds: number): { readonly writes: number; readonly last: ReplicatedOp } {
  const writers = Array.from({ length: sites }, (_, index) => writer(index));
  const made: ReplicatedOp[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { store, put } of writers) {
      const op = put({ f: "put", key: `key ${made.length % 100}`, value });
      for (const other of writers) if (other.store !== store) other.store.apply(op, made.length);
      made.push(op);
    }
  }
  return { writes: made.length, last: must(made.at(-1), "somebody has written") };
}

function growSites(sites: number): void {
  const rounds = Math.ceil(480 / sites);
  let done: ReturnType<typeof exchange> | null = null;
  const ms = cpuMs(() => {
    done = exchange(sites, rounds);
  });
  const { writes, last } = must<ReturnType<typeof exchange>>(done, "it has run");
  const each = round((ms * 1000) / writes / sites, 0);
  const line = { bench: "growth", n: writes, notes: `${sites} sites, 100 keys` };
  emit({ ...line, metric: "cost of a write at each site", value: each, unit: "µs" });
  emit({ ...line, metric: "bytes of a write", value: size(last), unit: "B" });
  emit({ ...line, metric: "bytes of its vector", value: size(last.shadow), unit: "B" });
  emit({ ...line, metric: "messages a write", value: sites - 1, unit: "1" });
}

/** One site takes the keys of twelve writers in; then half of them are deleted. */
function growKeys(keys: number): void {
  const writers = Array.from({ length: 12 }, (_, index) => writer(index));
  const reader = writer(12);
  const op = (i: number, of: WriteOperation) => {
    const made = (writers[i % 12] as Writer).put(of);
    reader.store.apply(made, i);
  };
  for (let i = 0; i < keys; i += 1) op(i, { f: "put", key: `key ${i}`, value });
  const full = size(reader.store.copy());
  const some = Math.min(keys, 1000);
  const ms = cpuMs(() => {
    for (let i = 0; i < some; i += 1) op(i, { f: "put", key: `key ${i}`, value });
  });
  const digestMs = cpuMs(() => void reader.store.digest("lww"));
  const half = keys >> 1;
  for (let i = 0; i < half; i += 1) op(i, { f: "delete", key: `key ${i}` });
  const after = size(reader.store.copy());
  const line = { bench: "growth", n: keys, notes: `${keys} keys from 12 writers` };
  emit({
    ...line,
    metric: "cost of a write and its arrival",
    value: round((ms * 1000) / some, 0),
    unit: "µs",
  });
  emit({ ...line, metric: "copy of one key, all rules", value: round(full / keys, 0), unit: "B" });
  const grave = (after - (full / keys) * (keys - half)) / half;
  emit({ ...line, metric: "copy of one tombstone, all rules", value: round(grave, 0), unit: "B" });
  emit({ ...line, metric: "digest after many changes", value: round(digestMs, 1), unit: "ms" });
}

/** Two sites overwrite a hundred keys again and again. */
function growOperations(most: number): void {
  const pair = [writer(0), writer(1)] as const;
  let done = 0;
  for (let until = 1000; until <= most; until *= 10) {
    const from = done;
    const ms = cpuMs(() => {
      for (; done < until; done += 1) {
        const [here, there] = done % 2 === 0 ? pair : [pair[1], pair[0]];
        there.store.apply(here.put({ f: "put", key: `key ${done % 100}`, value }), done);
      }
    });
    const line = { bench: "growth", n: until, notes: `${until} operations on 100 keys, 2 sites` };
    emit({
      ...line,
      metric: "cost of a write and its arrival",
      value: round((ms * 1000) / (until - from), 0),
      unit: "µs",
    });
    emit({ ...line, metric: "copy", value: size(pair[0].store.copy()), unit: "B" });
    emit({
      ...line,
      metric: "of it the document of the crdt rule",
      value: pair[0].store.copy().crdt.update.length,
      unit: "B",
    });
    const missing = pair[0].store.missingFor({
      site0: Math.max(0, done / 2 - 2000),
      site1: Math.max(0, done / 2 - 2000),
    });
    emit({
      ...line,
      metric: "writes kept for a peer 4000 behind",
      value: missing === "copy" ? 0 : missing.length,
      unit: "1",
    });
  }
}

function size(data: unknown): number {
  return new TextEncoder().encode(JSON.stringify(data)).length;
}

/** By processor time: other processes of the machine do not count. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
