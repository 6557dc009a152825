import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkCausal, checkCausalConvergence } from "../../lib/history/checks/causal";
import { checkForeign, type ForeignHistory } from "../../lib/history/checks/foreign";
import { checkLinearizable } from "../../lib/history/checks/linearizable";
import type { CheckOp, History } from "../../lib/history/checks/record";
import { checkSequential } from "../../lib/history/checks/sequential";
import { checkGuarantee } from "../../lib/history/checks/sessions";
import { noOrder } from "../../lib/history/checks/version-order";

/** Histories whose verdicts others established; they lie beside the project and are no part of it. */
const corpus = "../shared/corpus";
const isThere = existsSync(`${corpus}/expected.json`);
const read = (file: string) => readFileSync(`${corpus}/${file}`, "utf8");

type Guarantees = "ryw" | "mr" | "mw" | "wfr";
type Verdicts = Readonly<Partial<Record<"lin" | "sc" | "cc" | "ccv" | Guarantees, boolean>>>;

const guarantees = {
  ryw: "read-your-writes",
  mr: "monotonic-reads",
  mw: "monotonic-writes",
  wfr: "writes-follow-reads",
} as const;

function registerOp(
  session: number,
  f: "r" | "w",
  key: string,
  wid: string | null,
  call: number,
  ret: number | null,
  at: number,
): CheckOp {
  const isRead = f === "r";
  const id = isRead || wid === null ? `read-${at}` : wid;
  const common = { id, session: `s${session}`, key, f: isRead ? "get" : "put", arg: wid, value: wid };
  return { ...common, isRead, version: wid, call, ret: ret ?? Number.POSITIVE_INFINITY };
}

/** The checks that say otherwise than the corpus; sequential is asked without the help of real time. */
function disagreements(ops: readonly CheckOp[], expected: Verdicts): readonly string[] {
  const history: History = { ops: [...ops].sort((a, b) => a.call - b.call), failed: new Set() };
  const linearizable = checkLinearizable(history, 100_000);
  const timeless = { ...linearizable, verdict: "unknown" } as const;
  const found = {
    lin: linearizable,
    sc: checkSequential(history, noOrder, timeless, 100_000),
    cc: checkCausal(history),
    ccv: checkCausalConvergence(history),
    ryw: checkGuarantee(guarantees.ryw, history, noOrder),
    mr: checkGuarantee(guarantees.mr, history, noOrder),
    mw: checkGuarantee(guarantees.mw, history, noOrder),
    wfr: checkGuarantee(guarantees.wfr, history, noOrder),
  };
  const names = Object.keys(found) as (keyof typeof found)[];
  return names.filter((name) => {
    const { verdict, ops: witness } = found[name];
    const isShown = verdict !== "violated" || witness.length > 0;
    return expected[name] !== undefined && !(isShown && isHeld(verdict) === expected[name]);
  });
}

/** A history without reads holds whatever it is asked; `unknown` is a wrong answer here. */
function isHeld(verdict: string): boolean | null {
  return verdict === "unknown" ? null : verdict !== "violated";
}

describe.skipIf(!isThere)("the corpus of histories with known verdicts", () => {
  type Listed = { readonly file: string; readonly expected: "ok" | "illegal" };
  type Recorded = Omit<ForeignHistory, "ops"> & {
    readonly ops: readonly (Omit<ForeignHistory["ops"][number], "id" | "ret" | "key"> & {
      readonly id: number;
      readonly key: string | null;
      readonly ret: number | null;
    })[];
  };

  test("every linearizability history gets its verdict and a witness, in few steps each", () => {
    const listed = JSON.parse(read("expected.json")) as readonly Listed[];
    const wrong: string[] = [];
    for (const { file, expected } of listed) {
      const recorded = JSON.parse(read(file)) as Recorded;
      const ops = recorded.ops.map((op) => ({
        ...op,
        id: String(op.id),
        key: op.key ?? "",
        ret: op.ret ?? Number.POSITIVE_INFINITY,
      }));
      const { verdict, ops: witness, steps } = checkForeign({ ...recorded, ops }, 2_000_000);
      const isRight = verdict === (expected === "ok" ? "holds" : "violated");
      // Half a million steps are well below a second, and unlike a second they are the same everywhere.
      if (!isRight || steps > 500_000 || (verdict === "violated" && witness.length === 0)) wrong.push(file);
    }
    expect(listed.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  test("every classic case gets its verdict under every model", () => {
    type Case = {
      readonly name: string;
      readonly expected: Verdicts;
      readonly ops: readonly {
        readonly id: number;
        readonly s: number;
        readonly i: number;
        readonly f: "r" | "w";
        readonly key: string;
        readonly wid: string | null;
        readonly call?: number;
        readonly ret?: number | null;
      }[];
    };
    const { cases } = JSON.parse(read("litmus/litmus.json")) as { readonly cases: readonly Case[] };
    const wrong = cases.flatMap(({ name, ops, expected }) => {
      const timed = ops.map(({ id, s, i, f, key, wid, call = 2 * i, ret = 2 * i + 1 }) =>
        registerOp(s, f, key, wid, call, ret, id),
      );
      return disagreements(timed, expected).map((check) => `${name}: ${check}`);
    });
    expect(cases.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  test("every small random history gets the verdicts of brute force", () => {
    type Line = {
      readonly n: number;
      readonly v: Verdicts;
      readonly ops: readonly [number, "r" | "w", string, string | null, number, number | null][];
    };
    const lines = read("oracle/random-small.jsonl").trim().split("\n");
    const wrong = lines.flatMap((line) => {
      const { n, v, ops } = JSON.parse(line) as Line;
      const timed = ops.map((op, at) => registerOp(...op, at));
      return disagreements(timed, v).map((check) => `${n}: ${check}`);
    });
    expect(lines.length).toBeGreaterThan(1000);
    expect(wrong).toEqual([]);
  });
});
