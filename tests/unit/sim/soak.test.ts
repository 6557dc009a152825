import { expect, test } from "vitest";
import { must } from "../../../lib/kernel/assert";
import { promiseRows } from "../../../lib/sim/promises";
import { brokenExpectation } from "../../../lib/sim/shrink";
import { readSoakArgs } from "../../../lib/sim/soak-args";
import { soakBatch } from "../../../lib/sim/soak-batch";

const single = must(
  promiseRows.find(({ name }) => name === "single"),
  "the table has it",
);

test("a promise that is broken is told with its seed, and with the smallest scenario whose expectation fails", () => {
  const boast = { ...single, holds: ["available"] as const };
  const seed = must(soakBatch(boast, { from: 1, to: 30 }, false)[0], "a single site is down at times").seed;
  const [broken] = soakBatch(boast, { from: seed, to: seed }, true);
  expect(broken).toMatchObject({ row: "single", seed, property: "available" });
  const scenario = must(broken?.scenario, "it was to be shrunk");
  expect(brokenExpectation(scenario)).toMatch("availabilityWrites");
  expect(JSON.stringify(scenario).length).toBeLessThan(700);
});

test("a run that cannot come to its end is told like a broken promise, and the next seed is run", () => {
  const impossible = { ...single, swarm: { ...single.swarm, durationMs: -1 } };
  const broken = soakBatch(impossible, { from: 7, to: 8 }, true);
  expect(broken).toMatchObject([
    { seed: 7, property: "assertion", scenario: null },
    { seed: 8, property: "assertion" },
  ]);
});

test("a soak runs the rows that are named, or all; its seeds or its minutes end it", () => {
  const read = (...argv: string[]) => {
    const args = readSoakArgs(argv);
    return args.ok ? args.value : expect.fail(args.error);
  };
  expect(read("--seeds", "1..10000", "--row", "single", "--cores", "2")).toEqual({
    rows: [promiseRows.indexOf(single)],
    seeds: { from: 1, to: 10_000 },
    minutes: Number.POSITIVE_INFINITY,
    cores: 2,
    folder: null,
  });
  expect(read("--seed", "17", "--shrink", "found")).toMatchObject({
    rows: [...promiseRows.keys()],
    seeds: { from: 17, to: 17 },
    folder: "found",
  });
  expect(read("--minutes", "0.5")).toMatchObject({ seeds: { from: 1 }, minutes: 0.5 });
  expect(read("--help")).toBe("help");
});

test.each([
  [[], "command line: expected --seeds A..B, --seed N or --minutes N"],
  [["--seeds", "5..1"], "--seeds: expected A..B"],
  [["--seeds", "1..2..3"], "--seeds: expected A..B"],
  [["--seed", "1", "--seeds", "1..2"], "expected either --seed or --seeds"],
  [["--minutes", "soon"], "--minutes: expected a number of minutes above 0"],
  [["--minutes", "0"], "--minutes: expected a number of minutes above 0"],
  [["--seed", "1", "--cores", "0"], "--cores: expected a whole number"],
  [["--seed", "1", "--row", "paxos"], '--row "paxos": expected one of "single", "async"'],
  [["--frob"], "command line: Unknown option '--frob'"],
])("%j is refused in one line", (argv, line) => {
  const args = readSoakArgs(argv);
  expect(args.ok ? null : args.error).toMatch(line);
});
