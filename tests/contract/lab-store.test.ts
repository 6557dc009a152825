import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { LabCode, PodId } from "../../lib/protocol/ids";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { LabEvent } from "../../server/lab/events";
import type { LabStore } from "../../server/store/lab-store";
import { createSqliteStore } from "../../server/store/sqlite-store";
import { createMemoryStore } from "../server/memory-store";

const [lab, other] = ["ABCDEF", "GHJKMN"] as LabCode[] as [LabCode, LabCode];
const [pod, pod2] = ["pod-1", "pod-2"] as PodId[] as [PodId, PodId];

function phase(name: string): LabEvent {
  return { type: "phase", name };
}

function note(site: string, e: number): TraceEvent {
  const stamp = { e, vc: { [site]: e }, atMs: e, errMs: 0, wallMs: e };
  return { ...stamp, site: site as TraceEvent["site"], hlc: [e, 0], kind: "note", text: `${site} ${e}` };
}

type Opened = { readonly store: LabStore; readonly reopen: (() => Promise<LabStore>) | null };
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

const implementations: Readonly<Record<string, () => Opened>> = {
  memory: () => ({ store: createMemoryStore(), reopen: null }),
  sqlite: () => {
    const folder = mkdtempSync(join(tmpdir(), "faultline-store-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const store = createSqliteStore(folder);
    return {
      store,
      reopen: async () => {
        await store.close();
        return createSqliteStore(folder);
      },
    };
  },
};

describe.each(Object.entries(implementations))("a lab store: %s", (_, openStore) => {
  test("events come back in order, each lab's own", async () => {
    const { store } = openStore();
    await store.append(lab, [phase("one"), phase("two")]);
    await store.append(other, [phase("elsewhere")]);
    await store.append(lab, [phase("three")]);
    expect(await store.read(lab)).toEqual([phase("one"), phase("two"), phase("three")]);
    expect([...(await store.labs())].sort()).toEqual([lab, other]);
    expect(await store.read("ZZZZZZ" as LabCode)).toEqual([]);
    await store.close();
  });

  test("a trace is read page by page, and its summary knows the last number of each site", async () => {
    const { store } = openStore();
    const events = [1, 2, 3, 4, 5].map((e) => note("mumbai", e));
    await store.appendTrace(lab, pod, events.slice(0, 3));
    await store.appendTrace(lab, pod, [note("pune", 7), ...events.slice(3)]);
    await store.appendTrace(lab, pod2, [note("mumbai", 40)]);
    const first = await store.readTrace(lab, pod, 0, 4);
    const rest = await store.readTrace(lab, pod, first.at(-1)?.row ?? 0, 100);
    expect([...first, ...rest].map(({ event }) => event)).toEqual([
      ...events.slice(0, 3),
      note("pune", 7),
      ...events.slice(3),
    ]);
    expect(await store.traceSummary(lab, pod)).toEqual({ events: 6, lastE: { mumbai: 5, pune: 7 } });
    await store.close();
  });

  test("trimming drops the oldest, forgets no number, and goes on appending after them", async () => {
    const { store } = openStore();
    await store.appendTrace(
      lab,
      pod,
      [1, 2, 3, 4, 5].map((e) => note("mumbai", e)),
    );
    expect(await store.trimTrace(lab, pod, 10)).toBe(0);
    expect(await store.trimTrace(lab, pod, 2)).toBe(3);
    await store.appendTrace(lab, pod, [note("mumbai", 6)]);
    const left = await store.readTrace(lab, pod, 0, 100);
    expect(left.map(({ event }) => event.e)).toEqual([4, 5, 6]);
    expect((await store.traceSummary(lab, pod)).lastE).toEqual({ mumbai: 6 });
    await store.close();
  });

  test("an erased lab is gone with its traces; the others are untouched", async () => {
    const { store } = openStore();
    for (const code of [lab, other]) {
      await store.append(code, [phase("one")]);
      await store.appendTrace(code, pod, [note("mumbai", 1)]);
    }
    await store.erase(lab);
    expect(await store.labs()).toEqual([other]);
    expect(await store.read(lab)).toEqual([]);
    expect(await store.traceSummary(lab, pod)).toEqual({ events: 0, lastE: {} });
    expect((await store.traceSummary(other, pod)).events).toBe(1);
    await store.close();
  });

  test("what is stored does not change with the object it was made from", async () => {
    const { store } = openStore();
    const event = { type: "phase", name: "before" };
    await store.append(lab, [event as LabEvent]);
    event.name = "after";
    expect(await store.read(lab)).toEqual([phase("before")]);
    await store.close();
  });

  test("a store on disk holds everything after the process is gone", async () => {
    const { store, reopen } = openStore();
    if (reopen === null) return;
    await store.append(lab, [phase("one")]);
    await store.appendTrace(lab, pod, [note("mumbai", 3)]);
    const again = await reopen();
    await again.append(lab, [phase("two")]);
    expect(await again.read(lab)).toEqual([phase("one"), phase("two")]);
    expect((await again.traceSummary(lab, pod)).lastE).toEqual({ mumbai: 3 });
    await again.close();
  });
});
