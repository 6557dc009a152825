import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureChromium } from "./ensure-chromium";

/** What one step of the suite came to. A step that could not run at all counts as one failure. */
type Tally = { passed: number; failed: number };
type Step = { name: string; run: () => Tally };

const reports = mkdtempSync(join(tmpdir(), "faultline-tests-"));
const bin = (name: string) => join("node_modules", ".bin", name);

/** Runs a program with its output shown; true when it exits 0. */
function succeeds(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): boolean {
  const options = { stdio: "inherit", env: { ...process.env, ...env } } as const;
  return spawnSync(program, args, options).status === 0;
}

function command(name: string, program: string, ...args: string[]): Step {
  return { name, run: () => (succeeds(program, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

/** A runner that writes a JSON report; its counts are believed only together with its exit status. */
function counted(name: string, run: (report: string) => boolean, count: (report: string) => Tally): Step {
  return {
    name,
    run() {
      const report = join(reports, `${name.replaceAll(" ", "-")}.json`);
      const succeeded = run(report);
      const tally = readTally(report, count);
      return succeeded || tally.failed > 0 ? tally : { passed: tally.passed, failed: 1 };
    },
  };
}

function readTally(report: string, count: (report: string) => Tally): Tally {
  try {
    return count(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function vitest(name: string, project: string, ...paths: string[]): Step {
  const args = ["run", "--config", "tests/vitest.config.ts", "--root", ".", "--project", project, ...paths];
  return counted(
    name,
    (report) =>
      succeeds(bin("vitest"), [
        ...args,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ]),
    (text) => {
      const { numPassedTests, numFailedTests, numFailedTestSuites, numTotalTests } = JSON.parse(text);
      const brokenFiles = numFailedTests === 0 && numFailedTestSuites > 0 ? 1 : 0;
      return { passed: numPassedTests, failed: numFailedTests + brokenFiles + (numTotalTests === 0 ? 1 : 0) };
    },
  );
}

function playwright(name: string): Step {
  const args = ["test", "--config", "tests/playwright.config.ts"];
  return counted(
    name,
    (report) => succeeds(bin("playwright"), args, { PLAYWRIGHT_JSON_OUTPUT_NAME: report }),
    (text) => {
      const { expected, unexpected, flaky } = JSON.parse(text).stats;
      return { passed: expected, failed: unexpected + flaky + (expected + unexpected === 0 ? 1 : 0) };
    },
  );
}

const code: readonly Step[] = [
  command("types", bin("tsc"), "-p", ".", "--incremental", "false"),
  command("lint", bin("biome"), "ci", "."),
  vitest("architecture", "node", "tests/architecture"),
];
const build = command("build", bin("tsx"), "server/build.ts");
const suites: Readonly<Record<string, readonly Step[]>> = {
  code,
  unit: [vitest("node", "node")],
  e2e: [build, playwright("end to end")],
  all: [
    ...code.slice(0, 2),
    vitest("node", "node"),
    vitest("browser", "browser"),
    build,
    playwright("end to end"),
  ],
};

function main(): void {
  const suite = process.argv[2] ?? "all";
  const steps = suites[suite];
  if (steps === undefined) {
    process.stderr.write(`unknown suite ${suite}: expected one of ${Object.keys(suites).join(", ")}\n`);
    process.exit(2);
  }
  if (suite !== "code")
    process.env.FAULTLINE_CHROMIUM = ensureChromium({ say: (line) => process.stdout.write(line) });
  const total: Tally = { passed: 0, failed: 0 };
  for (const step of steps) {
    process.stdout.write(`\n== ${step.name}\n`);
    const startedAt = Date.now();
    const tally = step.run();
    total.passed += tally.passed;
    total.failed += tally.failed;
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`== ${step.name}: ${tally.passed} passed, ${tally.failed} failed, ${seconds} s\n`);
  }
  rmSync(reports, { recursive: true, force: true });
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  process.exit(total.failed === 0 ? 0 : 1);
}

main();
