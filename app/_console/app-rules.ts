import { type AppRule, appRuleSchema } from "@/lib/protocol/cluster";
import { limits } from "@/lib/protocol/limits";

/** What each rule does, as the end of "concurrent values become". */
export const ruleChoices: readonly { readonly value: AppRule["rule"]; readonly text: string }[] = [
  { value: "latest", text: "latest: the one written last" },
  { value: "first", text: "first: the one written first" },
  { value: "max", text: "max: the greatest number" },
  { value: "min", text: "min: the smallest number" },
  { value: "sum", text: "sum: every change added up" },
  { value: "union", text: "union: all elements of the lists" },
];

/** Why a rule of the list cannot be sent, in one sentence; null when it can. */
export function ruleProblem(rule: AppRule): string | null {
  if (appRuleSchema.safeParse(rule).success) return null;
  if (rule.key === "")
    return "Name a key, or the beginning of keys and a star: cart* means all that begin with cart.";
  if (rule.key.length > limits.keyChars) return `A key has at most ${limits.keyChars} characters.`;
  return `A field has at most ${limits.keyChars} characters.`;
}

/** Why a rule of the list would never be asked, in one sentence; null where it may be. */
export function ruleWarning(rules: readonly AppRule[], at: number): string | null {
  const rule = rules[at];
  if (rule === undefined || rule.key === "") return null;
  const shadowing = rules.findIndex(
    (other, i) =>
      covers(other.key, rule.key) &&
      ((other.field === rule.field && i < at) || (other.field === undefined && rule.field !== undefined)),
  );
  if (shadowing === -1) return null;
  return `Rule ${shadowing + 1} decides about these keys already, so this one is never asked.`;
}

/** True when every key that `narrow` names is one that `wide` names. */
function covers(wide: string, narrow: string): boolean {
  if (!wide.endsWith("*")) return wide === narrow;
  return narrow.replace(/\*$/, "").startsWith(wide.slice(0, -1));
}
