import * as z from "zod/mini";
import { err, ok, type Result } from "../../kernel/result";
import { clusterSchema } from "../../protocol/cluster";
import { type TraceEvent, traceEventSchema, traceHeaderSchema } from "../../protocol/trace";
import { foreignSchema, foreignSubject } from "./foreign-subject";
import { jepsenSubject } from "./jepsen";
import { recordedReportSchema, reportSubject, traceSubject } from "./lab-subject";
import { litmusSchema, litmusSubjects, oracleSchema, oracleSubject } from "./register-subject";
import type { Subject } from "./subject";

/**
 * The histories in a file, by what the file is: JSON (a report, a linearizability history, a collection
 * of cases), JSON lines (a trace, reports, or small histories) or EDN (Jepsen). An error is the JSON path
 * and what was expected there.
 */
export function readHistories(text: string, isEdn: boolean): Result<readonly Subject[], string> {
  if (isEdn) return one(jepsenSubject(text));
  const whole = parse(text);
  if (whole.ok) return fromObject(whole.value, "$");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const values: unknown[] = [];
  for (const [i, line] of lines.entries()) {
    const value = parse(line);
    // The first line decides: what is no JSON at all may be EDN under another name.
    if (!value.ok) return i === 0 ? one(jepsenSubject(text)) : err(`$[${i}]: expected a line of JSON`);
    values.push(value.value);
  }
  return isTrace(values[0]) ? readTrace(values) : fromLines(values);
}

function one(subject: Result<Subject, string>): Result<readonly Subject[], string> {
  return subject.ok ? ok([subject.value]) : subject;
}

function parse(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err("expected JSON");
  }
}

/** Small histories carry their verdicts under the name that a trace has its version under. */
function isTrace(value: unknown): boolean {
  return has(value, "v") && typeof value.v === "string";
}

function has<Field extends string>(value: unknown, field: Field): value is Readonly<Record<Field, unknown>> {
  return typeof value === "object" && value !== null && field in value;
}

function fromLines(values: readonly unknown[]): Result<readonly Subject[], string> {
  const subjects: Subject[] = [];
  for (const [i, value] of values.entries()) {
    const found = fromObject(value, `$[${i}]`);
    if (!found.ok) return found;
    const name = (subject: Subject) => subject.history ?? String(i);
    subjects.push(...found.value.map((subject) => ({ ...subject, history: name(subject) })));
  }
  return ok(subjects);
}

function fromObject(value: unknown, path: string): Result<readonly Subject[], string> {
  if (isTrace(value)) return readTrace([value]);
  if (has(value, "cases")) return read(litmusSchema, value, path, litmusSubjects);
  if (has(value, "n")) return read(oracleSchema, value, path, (each) => [oracleSubject(each)]);
  if (has(value, "model")) return read(foreignSchema, value, path, (each) => [foreignSubject(each)]);
  if (has(value, "scenario")) return read(recordedReportSchema, value, path, (each) => [reportSubject(each)]);
  return err(`${path}: expected a Faultline trace or report, a history of the corpus or Jepsen EDN`);
}

function read<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  path: string,
  subjects: (value: T) => readonly Subject[],
): Result<readonly Subject[], string> {
  const parsed = schema.safeParse(value);
  return parsed.success ? ok(subjects(parsed.data)) : err(complaint(parsed.error, path));
}

function readTrace([first, ...rest]: readonly unknown[]): Result<readonly Subject[], string> {
  const header = z.extend(traceHeaderSchema, { config: clusterSchema }).safeParse(first);
  if (!header.success) return err(complaint(header.error, "$[0]"));
  const events: TraceEvent[] = [];
  for (const [i, line] of rest.entries()) {
    const event = traceEventSchema.safeParse(line);
    if (!event.success) return err(complaint(event.error, `$[${i + 1}]`));
    events.push(event.data);
  }
  return ok([traceSubject(events, header.data.config)]);
}

function complaint({ issues }: z.core.$ZodError, path: string): string {
  const [issue] = issues;
  const place = (issue?.path ?? []).map((part) =>
    typeof part === "number" ? `[${part}]` : `.${String(part)}`,
  );
  return `${path}${place.join("")}: ${issue?.message ?? "expected another shape"}`.replace(/\s+/g, " ");
}
