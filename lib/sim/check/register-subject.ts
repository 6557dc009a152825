import * as z from "zod/mini";
import { checkCausal, checkCausalConvergence } from "../../history/checks/causal";
import type { Finding } from "../../history/checks/finding";
import { checkLinearizable } from "../../history/checks/linearizable";
import type { CheckOp, History } from "../../history/checks/record";
import { checkSequential } from "../../history/checks/sequential";
import { checkGuarantee, type Guarantee } from "../../history/checks/sessions";
import { noOrder } from "../../history/checks/version-order";
import { findingLine } from "./foreign-subject";
import { type Subject, searchBudget } from "./subject";

/** One case of `litmus.json`; without times the place in the session is all that is known. */
export const litmusSchema = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      realtime: z.boolean(),
      ops: z.array(
        z.object({
          id: z.union([z.number(), z.string()]),
          s: z.number(),
          i: z.number(),
          f: z.enum(["r", "w"]),
          key: z.string(),
          wid: z.nullable(z.string()),
          call: z.optional(z.number()),
          ret: z.nullish(z.number()),
        }),
      ),
    }),
  ),
});

/** One line of `random-small.jsonl`. */
export const oracleSchema = z.object({
  n: z.number(),
  ops: z.array(
    z.tuple([
      z.number(),
      z.enum(["r", "w"]),
      z.string(),
      z.nullable(z.string()),
      z.number(),
      z.nullable(z.number()),
    ]),
  ),
});

const guarantees: readonly Guarantee[] = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
];

type Register = {
  readonly session: number;
  readonly f: "r" | "w";
  readonly key: string;
  readonly wid: string | null;
  readonly call: number;
  readonly ret: number | null;
  readonly id: string;
};

export function litmusSubjects({ cases }: z.infer<typeof litmusSchema>): readonly Subject[] {
  return cases.map(({ name, realtime, ops }) =>
    registerSubject(
      name,
      realtime,
      ops.map(({ s, i, call = 2 * i, ret = 2 * i + 1, id, ...op }) => ({
        ...op,
        session: s,
        call,
        ret,
        id: String(id),
      })),
    ),
  );
}

export function oracleSubject({ n, ops }: z.infer<typeof oracleSchema>): Subject {
  const registers = ops.map(([session, f, key, wid, call, ret], i) => ({
    session,
    f,
    key,
    wid,
    call,
    ret,
    id: String(i),
  }));
  return registerSubject(String(n), true, registers);
}

/** A history of registers with unique version ids, asked everything that clients alone can show. */
function registerSubject(name: string, hasTimes: boolean, registers: readonly Register[]): Subject {
  const ops = registers.map(checkOp).sort((a, b) => a.call - b.call);
  const history: History = { ops, failed: new Set() };
  const linearizable = () => checkLinearizable(history, searchBudget);
  /** Made-up times say nothing of other sessions: sequential consistency must not lean on them. */
  const sequential = () => {
    const found = linearizable();
    const usable =
      hasTimes || found.verdict === "no-evidence" ? found : ({ ...found, verdict: "unknown" } as const);
    return checkSequential(history, noOrder, usable, searchBudget);
  };
  const idOf = new Map(registers.map((register) => [checkOp(register).id, register.id]));
  const line = (check: string, find: () => Finding) => () => {
    const finding = find();
    return findingLine("register", check, { ...finding, ops: finding.ops.map((op) => idOf.get(op) ?? op) });
  };
  return {
    history: name,
    questions: [
      ...(hasTimes ? [line("linearizable", linearizable)] : []),
      line("sequential", sequential),
      line("causal", () => checkCausal(history)),
      line("causal-convergence", () => checkCausalConvergence(history)),
      ...guarantees.map((each) => line(each, () => checkGuarantee(each, history, noOrder))),
    ],
  };
}

/** A write goes by its version id, which is what reads name. */
function checkOp({ session, f, key, wid, call, ret, id }: Register): CheckOp {
  const isRead = f === "r";
  return {
    id: isRead || wid === null ? `op ${id}` : wid,
    session: String(session),
    key,
    f: isRead ? "get" : "put",
    arg: wid,
    value: wid,
    isRead,
    version: wid,
    call,
    ret: ret ?? Number.POSITIVE_INFINITY,
  };
}
