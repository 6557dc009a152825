import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { reportSchema } from "../../lib/protocol/report";
import { traceEventSchema, traceHeaderSchema } from "../../lib/protocol/trace";

const folder = mkdtempSync(join(tmpdir(), "faultline-sim-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Result = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** Runs the command line as a teacher would, from another folder than the project's. */
function sim(...args: readonly string[]): Promise<Result> {
  const cli = join(import.meta.dirname, "../../lib/sim/cli.ts");
  const env = { ...process.env, INIT_CWD: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", cli, ...args], { env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function file(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return name;
}

const plain = { name: "plain", durationMs: 1000, sites: ["mumbai", "pune"] };

describe("a scenario that is wrong is refused in one line, with nothing on stdout", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["unknown field", { ...plain, traffik: [] }, "$.traffik: expected no field"],
    ["missing field", { name: "x", sites: ["pune"] }, "$.durationMs: expected number"],
    ["duplicate site", { ...plain, sites: ["pune", "pune"] }, "$.sites[1]: expected each site once"],
    ["unknown city", { ...plain, sites: ["gotham"] }, "$.sites[0]: expected a city"],
    ["unknown preset", { ...plain, cluster: { preset: "paxos" } }, "$.cluster.preset: expected a preset"],
    ["impossible cluster", { ...plain, cluster: { mode: "single", ack: "sync" } }, "$.cluster.ack: expected"],
    ["unknown verb", { ...plain, timeline: [{ atMs: 1, do: "explode" }] }, "$.timeline[0].do: expected"],
    [
      "unknown site in a verb",
      { ...plain, timeline: [{ atMs: 1, do: "crash", site: "delhi" }] },
      "$.timeline[0].site: expected a site of this scenario: mumbai, pune",
    ],
    [
      "unknown site in a group",
      { ...plain, timeline: [{ atMs: 1, do: "partition", groups: [["pune"], ["mumbai", "delhi"]] }] },
      "$.timeline[0].groups[1][1]: expected a site",
    ],
    [
      "after the end",
      { ...plain, timeline: [{ atMs: 1001, do: "heal" }] },
      "$.timeline[0].atMs: expected at most",
    ],
    [
      "an unknown verdict",
      { ...plain, expect: [{ check: "causal", verdict: "yes" }] },
      '$.expect[0].verdict: expected one of "holds"',
    ],
    ["not JSON", "{", "$: expected JSON"],
  ];

  test.concurrent.each(cases)("%s", async (name, content, message) => {
    const given = file(`${name}.json`, content);
    const good = file(`good ${name}.json`, plain);
    const { status, stdout, stderr } = await sim(good, given);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.split("\n")).toHaveLength(2);
    expect(stderr).toContain(`${given}: ${message}`);
  });
});

test("one report a run, one line each, for every seed of a range", async () => {
  const { status, stdout } = await sim(file("seeds.json", { ...plain, seed: 9 }), "--seeds", "3..5");
  expect(status).toBe(0);
  const reports = stdout
    .trim()
    .split("\n")
    .map((line) => reportSchema.parse(JSON.parse(line)));
  expect(reports.map(({ seed }) => seed)).toEqual([3, 4, 5]);
});

test("YAML is read, the report and the trace are written, and the same seed gives the same digest", async () => {
  const yaml = "name: y\ndurationMs: 900\nsites: [mumbai, pune]\nseed: 4\n";
  const { status, stdout } = await sim(
    file("scenario.yaml", yaml),
    ...["--report", "report.json", "--trace", "trace.jsonl", "--check-determinism"],
  );
  expect(status).toBe(0);
  expect(readFileSync(join(folder, "report.json"), "utf8")).toBe(stdout);
  const [header, ...events] = readFileSync(join(folder, "trace.jsonl"), "utf8").trim().split("\n");
  expect(traceHeaderSchema.parse(JSON.parse(header ?? ""))).toMatchObject({
    seed: 4,
    sites: ["mumbai", "pune"],
  });
  for (const event of events) traceEventSchema.parse(JSON.parse(event));
});

test("an expectation that fails is status 1, and the report says what was found", async () => {
  const wrong = {
    ...plain,
    expect: [
      { key: "x", everywhere: 1 },
      { metric: "failovers", equals: 0 },
    ],
  };
  const { status, stdout } = await sim(file("wrong.json", wrong));
  expect(status).toBe(1);
  expect(JSON.parse(stdout).expect).toEqual([
    { expectation: wrong.expect[0], ok: false, actual: { mumbai: null, pune: null } },
    { expectation: wrong.expect[1], ok: true, actual: 0 },
  ]);
});

test("bundled scenarios run by name, and are listed with the presets", async () => {
  const [listed, run, unknown] = await Promise.all([
    sim("--list"),
    sim("--scenario", "write-that-vanished"),
    sim("--scenario", "no-such"),
  ]);
  expect(listed.stdout).toMatch(/^preset +postgres-async /m);
  expect(listed.stdout).toMatch(/^scenario +write-that-vanished /m);
  expect([run.status, JSON.parse(run.stdout).metrics.lostWrites]).toEqual([0, 1]);
  expect([unknown.status, unknown.stdout]).toEqual([2, ""]);
});

test("the schemas of scenario, report and trace are printed", async () => {
  const { scenario, report, trace } = JSON.parse((await sim("--schema")).stdout);
  expect(Object.keys(scenario.properties)).toContain("timeline");
  expect(Object.keys(report.properties)).toContain("ledger");
  expect(JSON.stringify(trace)).toContain("fault");
});
