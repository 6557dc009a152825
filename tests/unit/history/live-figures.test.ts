import { expect, test } from "vitest";
import { createLiveFigures } from "../../../lib/history/live-figures";
import { createRecent } from "../../../lib/history/recent";
import { arrival, done, fault, invoke, type Line, notDone, traceOf, view } from "./events";

function figures(...lines: readonly Line[]) {
  const live = createLiveFigures();
  for (const event of traceOf(...lines)) live.add(event);
  return live.read();
}

test("an empty lab claims nothing", () => {
  expect(figures()).toMatchObject({ writesOk: 0, lostWrites: 0, availabilityPct: null });
});

test("operations are counted once, by how they ended", () => {
  expect(
    figures(
      [1, "edge", invoke("s:1")],
      [2, "a", done("s:1", "a")],
      [3, "edge", done("s:1", "a")],
      [4, "a", notDone("unknown", "s:2", "TIMEOUT")],
      [5, "a", notDone("fail", "s:3", "WRONG_TYPE")],
      [6, "a", done("s:4", "a", 1, "get")],
    ),
  ).toEqual({
    ...{ writesOk: 1, writesFailed: 1, writesUnknown: 1, readsOk: 1, readsFailed: 0 },
    ...{ lostWrites: 0, silentConflicts: 0, failovers: 0, availabilityPct: 75 },
  });
});

test("a conflict is seen as soon as one site has met both writes, and forgiven when it was knowing", () => {
  const met = [
    [0, "coordinator", view(null, 1, "active-active")],
    [1, "a", arrival("append", "s:1", { a: 1 }, null)],
    [1, "a", done("s:1", "a")],
    [1, "b", arrival("append", "t:1", { b: 1 }, null)],
    [3, "b", arrival("apply", "s:1", { a: 1 }, "t:1", "t:1")],
  ] as const;
  expect(figures(...met)).toMatchObject({ lostWrites: 1, silentConflicts: 1 });
  const known = [2, "a", arrival("append", "s:2", { a: 2 }, "s:1")] as const;
  expect(figures(...met, known)).toMatchObject({ lostWrites: 0, silentConflicts: 0 });
});

test("under a rule that keeps every unread value, two writes that met are both alive", () => {
  const met = (merge: string) =>
    figures(
      [0, "coordinator", { ...view(null, 1, "active-active"), merge }],
      [1, "a", arrival("append", "s:1", { a: 1 }, null)],
      [1, "a", done("s:1", "a")],
      [1, "b", arrival("append", "t:1", { b: 1 }, null)],
      [3, "b", arrival("apply", "s:1", { a: 1 }, "t:1", "t:1")],
    );
  expect(met("siblings")).toMatchObject({ lostWrites: 0, silentConflicts: 0 });
  expect(met("lww")).toMatchObject({ lostWrites: 1, silentConflicts: 1 });
});

test("what lies beyond the log of a new primary is gone at once, and back if its holder reigns again", () => {
  const written = [
    [0, "coordinator", view("a", 1)],
    [1, "a", arrival("append", "s:1", { a: 1 }, null)],
    [1, "b", arrival("apply", "s:1", { a: 1 }, null)],
    [2, "a", { ...arrival("append", "s:2", { a: 2 }, "s:1"), position: { epoch: 1, lsn: 2 } }],
    [3, "a", done("s:1", "a")],
    [3, "a", done("s:2", "a")],
  ] as const;
  const reign = (site: string, epoch: number, end: object) =>
    [
      [4 + epoch, "coordinator", view(site, epoch)],
      [4 + epoch, site, { kind: "role", role: "primary", epoch, reason: "", end }],
    ] as const;
  const taken = [...written, ...reign("b", 2, { epoch: 1, lsn: 1 })];
  expect(figures(...taken)).toMatchObject({ lostWrites: 1, silentConflicts: 0 });
  expect(figures(...taken, ...reign("c", 3, { epoch: 2, lsn: 3 }))).toMatchObject({ lostWrites: 1 });
  expect(figures(...taken, ...reign("a", 3, { epoch: 1, lsn: 2 }))).toMatchObject({ lostWrites: 0 });
});

test("a change of the rule judges again what has met, as the sites then show it", () => {
  const met = [
    [1, "a", arrival("append", "s:1", { a: 1 }, null)],
    [1, "a", done("s:1", "a")],
    [1, "b", arrival("append", "t:1", { b: 1 }, null)],
    [3, "b", arrival("apply", "s:1", { a: 1 }, "t:1", "t:1")],
  ] as const;
  const under = (merge: string) => ({ ...view(null, 1, "active-active"), merge });
  const change = (from: string, to: string) =>
    figures([0, "coordinator", under(from)], ...met, [4, "coordinator", under(to)]);
  expect(change("siblings", "lww")).toMatchObject({ lostWrites: 1, silentConflicts: 1 });
  expect(change("lww", "siblings")).toMatchObject({ lostWrites: 0, silentConflicts: 0 });
});

test("a failover is counted, a switchover is not", () => {
  expect(
    figures(
      [0, "coordinator", view("a", 1)],
      [1, "coordinator", view("b", 2)],
      [2, "coordinator", fault("promote", { site: "a" })],
      [3, "coordinator", view("a", 3)],
    ),
  ).toMatchObject({ failovers: 1 });
});

test("memory is bounded, and what leaves it is told", () => {
  const gone: number[] = [];
  const recent = createRecent<string, number>(2, (value) => void gone.push(value));
  recent.set("a", 1);
  recent.set("b", 2);
  recent.set("a", 3);
  recent.set("c", 4);
  expect([gone, [...recent.values()], recent.get("b")]).toEqual([[2], [3, 4], undefined]);
});
