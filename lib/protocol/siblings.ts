import type { Json } from "../kernel/json";

/** The values of `{siblings: [...]}`, which is how a key is shown that nobody has settled; null for any other value. */
export function valuesIn(value: Json | undefined): readonly Json[] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { siblings } = value as { readonly siblings?: Json };
  return Array.isArray(siblings) ? siblings : null;
}
