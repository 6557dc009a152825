import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { covers } from "@/lib/clock/vector";
import { canonicalJson } from "@/lib/kernel/json";
import type { Cluster, LwwOrder } from "@/lib/protocol/cluster";
import type { Operation } from "@/lib/protocol/operation";
import { manyWritersPod } from "../unit/engine/many-writers-pod";

const three = ["delhi", "mumbai", "pune"] as const;
type Name = (typeof three)[number];
type Pod = ReturnType<typeof manyWritersPod>;
type Event =
  | { readonly do: "op"; readonly site: Name; readonly op: Operation }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "isolate" | "crash"; readonly site: Name }
  | { readonly do: "heal" }
  | { readonly do: "restart"; readonly site: Name; readonly disk: "kept" | "lost" }
  | { readonly do: "skew"; readonly site: Name; readonly ms: number };

const key = fc.constantFrom("x", "y");
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ f: fc.constant("put" as const), key, value: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({ f: fc.constant("delete" as const), key: fc.constantFrom("x", "y", "r", "n") }),
  },
  fc.record({ f: fc.constant("add" as const), key: fc.constant("s"), value: fc.nat(2) }),
  fc.record({ f: fc.constant("remove" as const), key: fc.constant("s"), value: fc.nat(2) }),
  fc.record({
    ...{ f: fc.constant("patch" as const), key: fc.constant("r"), value: fc.nat(9) },
    field: fc.constantFrom("a", "b"),
  }),
  fc.record({
    f: fc.constant("increment" as const),
    key: fc.constant("n"),
    by: fc.integer({ min: 1, max: 3 }),
  }),
);
const site = fc.constantFrom(...three);
const faults: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constantFrom("isolate" as const, "crash" as const), site }),
  fc.record({ do: fc.constant("heal" as const) }),
  fc.record({
    do: fc.constant("restart" as const),
    site,
    disk: fc.constantFrom("kept" as const, "lost" as const),
  }),
  fc.record({ do: fc.constant("skew" as const), site, ms: fc.integer({ min: -1500, max: 1500 }) }),
);
const work: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("op" as const), site, op: operation }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(10, 200, 700) }),
  },
);
const script = fc.array(fc.oneof({ weight: 4, arbitrary: work }, { weight: 1, arbitrary: faults }), {
  minLength: 10,
  maxLength: 60,
});

function podOf(tombstoneMs: Cluster["repair"]["tombstoneMs"], order: LwwOrder, seed: number): Pod {
  const unit = order === "active-directory" ? "field" : "key";
  return manyWritersPod(
    three,
    {
      lww: { order, unit, maxOffsetMs: null },
      merge: "lww-hlc",
      repair: { hintMs: 0, readRepair: "none", antiEntropyMs: 200, tombstoneMs },
    },
    seed,
  );
}

/** Plays the events, and calls `look` after each. */
function play(pod: Pod, events: readonly Event[], look: () => void): void {
  const down = new Set<Name>();
  for (const event of events) {
    if (event.do === "op" && !down.has(event.site)) pod.op(event.site, event.op);
    if (event.do === "advance") pod.advance(event.ms);
    if (event.do === "isolate") pod.partition([event.site]);
    if (event.do === "heal") pod.heal();
    if (event.do === "skew") pod.skew(event.site, event.ms);
    if (event.do === "crash" || event.do === "restart") pod.crash(event.site);
    if (event.do === "crash") down.add(event.site);
    if (event.do === "restart") {
      down.delete(event.site);
      pod.restart(event.site, event.disk);
    }
    look();
  }
  for (const id of down) pod.restart(id);
}

/** What is shown although a deletion had seen it: under `lww-hlc` that deletion always wins. */
function zombiesAt(pod: Pod, id: Name): readonly string[] {
  const { keys, seen } = pod.snapshot(id);
  const appended = pod.traced.flatMap(({ event }) => (event.kind === "append" ? [event] : []));
  const deletions = appended.filter(
    ({ f, stream = "", position }) => f === "delete" && (seen[stream] ?? 0) >= position.lsn,
  );
  return Object.entries(keys).flatMap(([name, { version }]) => {
    const shown = appended.find(({ op }) => op === version);
    const isDead = deletions.some((each) => each.key === name && shown && covers(each.shadow, shown.shadow));
    return isDead ? [`${id} shows ${name} as ${version} wrote it`] : [];
  });
}

describe.each(["time", "couchbase", "cosmos", "active-directory"] as const)("lww by %s", (order) => {
  test("[M80][M81][M83] however sites are cut off, stopped and replaced, nothing comes back and nobody sees a deletion forgotten", () => {
    fc.assert(
      fc.property(script, fc.nat(), (events, seed) => {
        const pod = podOf("stable", order, seed);
        const data = new Map<string, string>();
        const look = () => {
          for (const id of three) {
            const { seen, dataDigest } = pod.snapshot(id);
            const known = data.get(canonicalJson(seen)) ?? dataDigest;
            data.set(canonicalJson(seen), known);
            expect(dataDigest, `${id} at ${canonicalJson(seen)}`).toBe(known);
            expect(zombiesAt(pod, id)).toEqual([]);
          }
        };
        pod.weather({ lossPct: 20, duplicatePct: 20, reorder: true });
        play(pod, events, look);
        pod.weather({ lossPct: 0 });
        pod.heal();
        for (let round = 0; round < 5; round += 1) {
          pod.advance(1000);
          look();
        }
        const shots = three.map((id) => pod.snapshot(id));
        expect(new Set(shots.map(({ dataDigest }) => dataDigest)).size).toBe(1);
        expect(shots.map(({ tombstones }) => tombstones)).toEqual([0, 0, 0]);
      }),
      { numRuns: Number(process.env.RUNS ?? 40) },
    );
  }, 120_000);
});

/** Somebody is out of touch for less than the grace, works on, and is back for long enough to be told. */
type Absence = {
  readonly kind: "isolate" | "crash";
  readonly site: Name;
  readonly meanwhile: readonly Event[];
};
const absence: fc.Arbitrary<Absence> = fc.record({
  kind: fc.constantFrom("isolate" as const, "crash" as const),
  site,
  meanwhile: fc.array(work, { maxLength: 12 }),
});
const graceMs = 3000;

function eventsOf({ kind, site: at, meanwhile }: Absence, awayMs: number): readonly Event[] {
  const timeless = meanwhile.filter((event) => event.do !== "advance");
  const back: Event = kind === "crash" ? { do: "restart", site: at, disk: "kept" } : { do: "heal" };
  return [
    { do: kind, site: at },
    ...timeless,
    { do: "advance", ms: awayMs },
    back,
    { do: "advance", ms: 500 },
  ];
}

test("[M85] nothing comes back where nobody is away for longer than deletions are remembered", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(absence, fc.integer({ min: 10, max: graceMs - 1000 })), { maxLength: 6 }),
      fc.nat(),
      (absences, seed) => {
        const pod = podOf(graceMs, "time", seed);
        const events = absences.flatMap(([each, awayMs]) => eventsOf(each, awayMs));
        play(pod, events, () => {
          for (const id of three) expect(zombiesAt(pod, id)).toEqual([]);
        });
        pod.advance(2 * graceMs);
        const shots = three.map((id) => pod.snapshot(id));
        expect(new Set(shots.map(({ dataDigest }) => dataDigest)).size).toBe(1);
        expect(shots.map(({ tombstones }) => tombstones)).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 40) },
  );
}, 120_000);

test("[M85] however long they are away, in the end all sites hold the same", () => {
  fc.assert(
    fc.property(script, fc.nat(), (events, seed) => {
      const pod = podOf(graceMs, "time", seed);
      play(pod, events, () => undefined);
      pod.heal();
      pod.advance(4 * graceMs);
      expect(new Set(three.map((id) => pod.snapshot(id).dataDigest)).size).toBe(1);
    }),
    { numRuns: Number(process.env.RUNS ?? 40) },
  );
}, 120_000);
