import { checkForeign, type ForeignHistory, type ForeignOp } from "../../history/checks/foreign";
import type { Json } from "../../kernel/json";
import { err, ok, type Result } from "../../kernel/result";
import { type Edn, type EdnMap, readEdn } from "./edn";
import { foreignLine } from "./foreign-subject";
import { type Subject, searchBudget } from "./subject";

const known = new Set([":read", ":write", ":cas", ":acquire", ":release"]);
/** What Knossos's register starts with, and the sentinel that an export writes for an absent key. */
const initials: readonly Json[] = [0, -1];

/**
 * A Jepsen history: maps with `:process :type :f :value`, one after the other or in a vector. Times are
 * the places in the file. Processes that are no numbers (the nemesis) are left out; a read of nil is a
 * wildcard and a failed operation did not happen, as in Knossos.
 */
export function jepsenSubject(text: string): Result<Subject, string> {
  const values = readEdn(text);
  if (!values.ok) return values;
  const [first] = values.value;
  const events = values.value.length === 1 && Array.isArray(first) ? (first as readonly Edn[]) : values.value;
  const maps = events.filter((event): event is EdnMap => event instanceof Map);
  if (maps.length === 0 || maps.length < events.length)
    return err("$: expected maps with :process, :type, :f and :value");
  const ops = operationsOf(maps.filter((event) => typeof event.get(":process") === "number"));
  if (!ops.ok) return ops;
  const isMutex = ops.value.some(({ f }) => f === "acquire" || f === "release");
  const common = { nilRead: "wildcard", casFail: "did-not-happen", ops: ops.value } as const;
  if (isMutex) return ok(subject([{ ...common, model: "mutex", initial: false }]));
  const readsSentinel = ops.value.some(({ f, out }) => f === "read" && out === -1);
  const starts = readsSentinel ? initials : initials.slice(0, 1);
  return ok(subject(starts.map((initial) => ({ ...common, model: "cas-register", initial }))));
}

/** The initial value is not in the file: the history holds if it does from one of those in use. */
function subject(readings: readonly ForeignHistory[]): Subject {
  const answer = () => {
    const findings = readings.map((reading) => checkForeign(reading, searchBudget));
    const best =
      findings.find(({ verdict }) => verdict === "holds") ??
      findings.find(({ verdict }) => verdict === "unknown");
    return foreignLine(
      readings[0]?.model ?? "cas-register",
      best ?? (findings[0] as (typeof findings)[number]),
    );
  };
  return { history: null, questions: [answer] };
}

function operationsOf(events: readonly EdnMap[]): Result<readonly ForeignOp[], string> {
  const isKeyed =
    events.every((event) => isKeyedValue(event)) && events.some((event) => event.get(":f") !== ":cas");
  const open = new Map<Edn, EdnMap & { readonly at?: number }>();
  const calls = new Map<Edn, number>();
  const ops: ForeignOp[] = [];
  for (const [at, event] of events.entries()) {
    const [process, type, f] = [event.get(":process") ?? null, event.get(":type"), event.get(":f")];
    if (typeof f !== "string" || !known.has(f))
      return err(`$[${at}].:f: expected one of ${[...known].join(" ")}`);
    if (type === ":invoke") {
      if (open.has(process))
        return err(`$[${at}]: expected the answer of process ${process} before its next call`);
      open.set(process, event);
      calls.set(process, at);
      continue;
    }
    const call = open.get(process);
    if (call === undefined) return err(`$[${at}]: expected process ${process} to have called`);
    if (type !== ":ok" && type !== ":fail" && type !== ":info")
      return err(`$[${at}].:type: expected :invoke, :ok, :fail or :info`);
    open.delete(process);
    ops.push(
      operation(call, event, type.slice(1) as ForeignOp["status"], calls.get(process) ?? at, at, isKeyed),
    );
  }
  for (const [process, call] of open)
    ops.push(operation(call, call, "info", calls.get(process) ?? 0, 0, isKeyed));
  return ok(ops);
}

function operation(
  call: EdnMap,
  end: EdnMap,
  status: ForeignOp["status"],
  calledAt: number,
  endedAt: number,
  isKeyed: boolean,
): ForeignOp {
  const given = parts(call, isKeyed);
  return {
    id: String(calledAt),
    f: String(call.get(":f")).slice(1),
    key: given.key,
    in: given.value,
    out: parts(end, isKeyed).value,
    call: calledAt,
    ret: status === "info" ? Number.POSITIVE_INFINITY : endedAt,
    status,
  };
}

/** `jepsen.independent` puts the key in front: `[key value]`. */
function isKeyedValue(event: EdnMap): boolean {
  const value = event.get(":value");
  if (!Array.isArray(value) || value.length !== 2) return false;
  return event.get(":f") !== ":cas" || Array.isArray(value[1]);
}

function parts(event: EdnMap, isKeyed: boolean): { readonly key: string; readonly value: Json } {
  const value = (event.get(":value") ?? null) as Json;
  if (!isKeyed || !Array.isArray(value)) return { key: "", value };
  return { key: String(value[0]), value: (value[1] ?? null) as Json };
}
