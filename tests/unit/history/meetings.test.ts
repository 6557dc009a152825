import { expect, test } from "vitest";
import { createLiveFigures } from "../../../lib/history/live-figures";
import { createMeetings, meetingSentence } from "../../../lib/history/meetings";
import { arrival, type Line, notDone, traceOf, view } from "./events";

/** What a pod's pages would tell of a trace. */
function told(...lines: readonly Line[]): readonly string[] {
  const figures = createLiveFigures();
  const meetings = createMeetings();
  for (const event of traceOf(...lines)) {
    figures.add(event);
    meetings.add(event);
  }
  figures.read();
  const cityOf = (site: string) => site.toUpperCase();
  return meetings.latest(5, figures.isOverwritten).map((meeting) => meetingSentence(meeting, cityOf));
}

const many = (merge: string) => [0, "coordinator", view(null, 1, "active-active", merge)] as const;
const atA = (op: string, shadow: Record<string, number>, over: string | null = null, f = "put") =>
  [1, "a", arrival("append", op, shadow, over, op, f)] as const;
const atB = (op: string, shadow: Record<string, number>, f = "put") =>
  [1, "b", arrival("append", op, shadow, null, op, f)] as const;
/** Both sites meet the other's write, and both show that of `b`. */
const bothMeet = (f = "put", extra: object = {}): readonly Line[] => [
  [3, "b", { ...arrival("apply", "s:1", { a: 1 }, "t:1", "t:1", f), stream: "a", ...extra }],
  [3, "a", { ...arrival("apply", "t:1", { b: 1 }, "s:1", "t:1", f), stream: "b", ...extra }],
];

/** The same lines, their writes with another argument where one is given. */
const withExtra = ({ arg }: { arg?: number }, ...lines: readonly Line[]): readonly Line[] =>
  lines.map(([atMs, site, body]) => [atMs, site, arg === undefined ? body : { ...body, arg }]);

test("a write overwritten unseen is told once, though every site sees it happen", () => {
  const lines = [many("lww"), atA("s:1", { a: 1 }), atB("t:1", { b: 1 }), ...bothMeet()];
  expect(told(...lines)).toEqual(["\"x\": B's put overwrote A's unseen."]);
});

test("nothing is told of a loser that lives on in a later write of its own site", () => {
  const later = atA("s:2", { a: 2 }, "s:1");
  expect(told(many("lww"), atA("s:1", { a: 1 }), later, atB("t:1", { b: 1 }), ...bothMeet())).toEqual([]);
});

test("nothing is told of a write that had seen what it replaced, nor where there is one log", () => {
  const knowing = [3, "b", { ...arrival("append", "t:1", { a: 1, b: 1 }, "s:1"), stream: "b" }] as const;
  expect(told(many("lww"), atA("s:1", { a: 1 }), knowing)).toEqual([]);
  const oneLog = [0, "coordinator", view("a", 1)] as const;
  expect(told(oneLog, atA("s:1", { a: 1 }), atB("t:1", { b: 1 }), ...bothMeet())).toEqual([]);
});

test("each rule has its own words for what it makes of two writes", () => {
  const meet = (merge: string, f = "put", extra: { arg?: number; beside?: string[] } = {}) =>
    told(
      many(merge),
      ...withExtra(extra, atA("s:1", { a: 1 }, null, f), atB("t:1", { b: 1 }, f)),
      ...bothMeet(f, extra),
    );
  expect(meet("crdt", "increment")).toEqual(["\"x\": B's increment and A's both count."]);
  expect(meet("crdt")).toEqual(["\"x\": B's put overwrote A's unseen."]);
  const beside = { beside: ["s:1", "t:1"] };
  expect(meet("revision-tree", "put", beside)).toEqual([
    "\"x\": B's put is shown, A's is kept out of sight.",
  ]);
  expect(meet("siblings", "put", beside)).toEqual(['"x": 2 values from A and B wait to be settled.']);
  expect(meet("app", "put", beside)).toEqual([
    '"x": the application\'s rules decide on 2 writes from A and B.',
  ]);
  expect(meet("lww", "delete")).toEqual([]);
});

test("a write that another one kept out is told, whoever heard of it; one that failed by itself is not", () => {
  const refused = { ...notDone("fail", "s:1", "CERTIFICATION_FAILED"), servedBy: "a" };
  const lines = [
    [1, "a", refused],
    [2, "edge", refused],
    [3, "a", notDone("fail", "s:2", "WRONG_TYPE")],
  ] as const;
  expect(told(many("certify"), ...lines)).toEqual(['"x": A\'s put is refused, another site was first.']);
});

test("a settlement is told by where it was made", () => {
  const settled = { ...arrival("append", "s:2", { a: 2, b: 1 }, "t:1"), settled: ["s:1", "t:1"] };
  expect(told(many("siblings"), [5, "a", settled])).toEqual(['"x": settled at A, one value instead of 2.']);
});
