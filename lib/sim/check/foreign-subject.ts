import * as z from "zod/mini";
import type { Finding } from "../../history/checks/finding";
import { checkForeign, foreignModels } from "../../history/checks/foreign";
import { type Line, type Subject, searchBudget } from "./subject";

const json = z.json();
/** The one format of the linearizability histories: times are numbers, null is never. */
export const foreignSchema = z.object({
  model: z.enum(foreignModels),
  initial: json,
  nilRead: z._default(z.enum(["initial", "wildcard"]), "initial"),
  casFail: z._default(z.enum(["observed-mismatch", "did-not-happen"]), "observed-mismatch"),
  ops: z.array(
    z.object({
      id: z.pipe(z.union([z.number(), z.string()]), z.transform(String)),
      f: z.enum(["read", "write", "cas", "get", "put", "append", "acquire", "release"]),
      key: z.pipe(
        z.nullish(z.string()),
        z.transform((key) => key ?? ""),
      ),
      in: json,
      out: json,
      call: z.number(),
      ret: z.pipe(
        z.nullable(z.number()),
        z.transform((ret) => ret ?? Number.POSITIVE_INFINITY),
      ),
      status: z.enum(["ok", "fail", "info"]),
    }),
  ),
});

/** One history of another object, which can be asked one thing. */
export function foreignSubject(history: z.infer<typeof foreignSchema>): Subject {
  return {
    history: null,
    questions: [() => foreignLine(history.model, checkForeign(history, searchBudget))],
  };
}

/** A finding about linearizability, as a line. */
export function foreignLine(model: string, finding: Finding): Line {
  return findingLine(model, "linearizable", finding);
}

export function findingLine(model: string, check: string, { verdict, ops, text, steps }: Finding): Line {
  return { model, check, verdict, witness: verdict === "violated" ? { ops } : null, text, steps };
}
