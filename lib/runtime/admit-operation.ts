import { err, ok, type Result } from "../kernel/result";
import "../protocol/english";
import type { ErrorCode } from "../protocol/error-code";
import { type Operation, type Outcome, operationSchema, unserved } from "../protocol/operation";

/**
 * The door for what a person, a script or the edge asks of a site: a well-formed operation, or the
 * outcome that tells in words why it is none. Nothing else reaches an engine.
 */
export function admitOperation(value: unknown): Result<Operation, Outcome> {
  const parsed = operationSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  const error = codeOf(where, issue?.code ?? "", issue?.message ?? "");
  const why = `${where === "" ? "operation" : where}: ${issue?.message ?? "not well formed"}.`;
  return err(unserved("fail", error, why));
}

function codeOf(where: string, code: string, message: string): ErrorCode {
  if (where === "key" && code === "too_big") return "KEY_TOO_LONG";
  if ((where === "text" && code === "too_big") || message.includes("at most 16 KB")) return "VALUE_TOO_LARGE";
  return "BAD_OPERATION";
}
