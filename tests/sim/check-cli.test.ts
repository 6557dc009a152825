import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { planOf } from "../../lib/scenario/plan";
import { runPlan } from "../../lib/sim/run";

const folder = mkdtempSync(join(tmpdir(), "faultline-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Line = {
  readonly file: string;
  readonly history?: string;
  readonly model: string;
  readonly check: string;
  readonly verdict: string;
  readonly witness: { readonly ops: readonly string[] } | null;
  readonly text: string;
  readonly steps: number;
  readonly ms: number;
};
type Result = { readonly status: number; readonly stderr: string; readonly lines: readonly Line[] };

/** Runs the command line from another folder than the project's. */
function check(...args: readonly string[]): Promise<Result> {
  const cli = join(import.meta.dirname, "../../lib/sim/check/cli.ts");
  const env = { ...process.env, INIT_CWD: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", cli, ...args], { env }, (error, stdout, stderr) => {
      const lines = stdout.split("\n").filter((line) => line !== "");
      const status = error === null ? 0 : Number(error.code);
      resolve({ status, stderr, lines: lines.map((line) => JSON.parse(line) as Line) });
    });
  });
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const staleReplica = planOf({
  name: "A replica that lags",
  ...{ durationMs: 5000, sites: ["mumbai", "pune"], network: { delayMs: 500 } },
  cluster: { preset: "postgres-async", readFrom: "local" },
  timeline: [
    { atMs: 1000, do: "op", session: "a", site: "mumbai", op: { f: "put", key: "x", value: 1 } },
    { atMs: 1200, do: "op", session: "b", site: "pune", op: { f: "get", key: "x" } },
  ],
});

const edn = (read: number) => `{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1} ; acknowledged
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value ${read}}
`;

const mutex = (second: string) => {
  const op = (id: number, f: string, call: number, status: string) => ({
    ...{ id, proc: id, f, key: null, in: null, out: null, call, status },
    ret: call + 1,
  });
  return JSON.stringify({
    ...{ name: "lock", model: "mutex", initial: false, nilRead: "wildcard", casFail: "did-not-happen" },
    ops: [op(0, "acquire", 0, "ok"), op(1, second, 2, "ok"), op(2, "acquire", 4, "fail")],
  });
};

describe("recorded histories on the command line", () => {
  test("a trace and its report tell the same stale read, one verdict a line, and the status says so", async () => {
    if (!staleReplica.ok) throw new Error("the scenario is well formed");
    const { header, events, report } = runPlan(staleReplica.value);
    const trace = file("t.jsonl", [header, ...events].map((line) => JSON.stringify(line)).join("\n"));
    const { status, lines } = await check(trace, file("r.json", JSON.stringify(report)));
    expect(status).toBe(1);
    expect(lines).toHaveLength(22);
    const verdicts = (name: string) => lines.filter((line) => line.check === name);
    for (const found of verdicts("linearizable")) {
      expect(found).toMatchObject({
        model: "key-value",
        verdict: "violated",
        witness: { ops: ["a:1", "b:1"] },
      });
      expect(found.text).toContain("finished before");
    }
    expect(verdicts("linearizable").map((line) => line.file)).toEqual(["t.jsonl", "r.json"]);
    expect(verdicts("sequential").map((line) => line.verdict)).toEqual(["holds", "holds"]);
    expect(verdicts("read-your-writes").map((line) => line.verdict)).toEqual(["no-evidence", "no-evidence"]);
    expect(lines.every((line) => line.steps >= 0 && line.ms >= 0)).toBe(true);
  });

  test("Jepsen EDN: the nemesis is no client, and what was acknowledged must be read", async () => {
    const good = await check(file("good.edn", edn(1)));
    expect(good).toMatchObject({ status: 0, lines: [{ model: "cas-register", verdict: "holds" }] });
    const bad = await check(file("bad.edn", edn(0)));
    expect(bad).toMatchObject({ status: 1, lines: [{ check: "linearizable", verdict: "violated" }] });
    expect(bad.lines[0]?.witness?.ops).not.toEqual([]);
  });

  test("an object of its own: a lock is held by one at a time", async () => {
    const good = await check(file("lock.json", mutex("release")));
    expect(good).toMatchObject({ status: 0, lines: [{ model: "mutex", verdict: "holds" }] });
    expect(await check(file("locks.json", mutex("acquire")))).toMatchObject({ status: 1 });
  });

  test("small histories carry their number, and every line the questions that apply", async () => {
    const lines = [
      {
        n: 7,
        ops: [
          [0, "w", "x", "a", 0, 1],
          [1, "r", "x", "a", 2, 3],
        ],
        v: {},
      },
      {
        n: 8,
        ops: [
          [0, "w", "x", "a", 0, 1],
          [0, "r", "x", null, 2, 3],
        ],
        v: {},
      },
    ];
    const found = await check(file("small.jsonl", lines.map((line) => JSON.stringify(line)).join("\n")));
    expect(found.status).toBe(1);
    const violated = found.lines.filter((line) => line.verdict === "violated").map((line) => line.history);
    expect(new Set(violated)).toEqual(new Set(["8"]));
    expect(found.lines).toHaveLength(16);
  });

  test.each([
    ["not a history", "n.json", '{"a":1}', "n.json: $: expected a Faultline trace or report"],
    [
      "a broken operation",
      "b.json",
      '{"model":"mutex","initial":false,"ops":[{"id":1}]}',
      "b.json: $.ops[0].f: ",
    ],
    [
      "an unknown function",
      "u.edn",
      "{:process 0, :type :invoke, :f :txn, :value []}",
      "u.edn: $[0].:f: expected one of",
    ],
    ["EDN that never ends", "e.edn", "[{:process 0", "e.edn: expected EDN that ends"],
  ])(
    "%s is refused in one line, and the good file beside it is not judged",
    async (_, name, text, complaint) => {
      const { status, stderr, lines } = await check(file("fine.edn", edn(1)), file(name, text));
      expect({ status, lines }).toEqual({ status: 2, lines: [] });
      expect(stderr.startsWith(complaint)).toBe(true);
      expect(stderr.trimEnd()).not.toContain("\n");
    },
  );

  test("a file that is not there is bad input", async () => {
    expect(await check("nowhere.json")).toMatchObject({ status: 2, lines: [] });
  });
});
