import { readFileSync } from "node:fs";
import { err, type Result } from "../../kernel/result";
import { pathOf } from "../scenario-file";
import { readHistories } from "./read-histories";
import type { Subject } from "./subject";

const usage = `npm -s run check -- FILE…

Checks recorded histories: a Faultline trace or report, the formats of the corpus, Jepsen EDN.
Prints one verdict a line: {file, history?, model, check, verdict, witness, text, steps, ms}.
Exit status: 0 all well, 1 a history is violated, 2 bad input.
`;

/** Exit status (contract, section 1); `unknown` counts as well. */
const violated = 1;
const badInput = 2;

type Opened = { readonly file: string; readonly subjects: readonly Subject[] };

function main(argv: readonly string[]): number {
  if (argv.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const option = argv.find((name) => name.startsWith("--"));
  if (option !== undefined || argv.length === 0) return complain("command line: expected FILE… or --help");
  // Everything is read before anything is judged, so that bad input leaves nothing on stdout.
  const opened: Opened[] = [];
  for (const file of argv) {
    const subjects = open(file);
    if (!subjects.ok) return complain(`${file}: ${subjects.error}`);
    opened.push({ file, subjects: subjects.value });
  }
  return opened.map(judge).includes(violated) ? violated : 0;
}

function open(file: string): Result<readonly Subject[], string> {
  let text: string;
  try {
    text = readFileSync(pathOf(file), "utf8");
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
    return err(`$: expected a file that can be read (${code})`);
  }
  const found = readHistories(text, file.endsWith(".edn"));
  return found.ok && found.value.length === 0 ? err("$: expected at least one history") : found;
}

function judge({ file, subjects }: Opened): number {
  let status = 0;
  for (const { history, questions } of subjects) {
    for (const ask of questions) {
      const before = performance.now();
      const { model, check, verdict, witness, text, steps } = ask();
      const ms = Math.round((performance.now() - before) * 1000) / 1000;
      const named = history === null ? { file } : { file, history };
      process.stdout.write(
        `${JSON.stringify({ ...named, model, check, verdict, witness, text, steps, ms })}\n`,
      );
      if (verdict === "violated") status = violated;
    }
  }
  return status;
}

function complain(line: string): number {
  process.stderr.write(`${line}\n`);
  return badInput;
}

process.exitCode = main(process.argv.slice(2));
