import type { Json } from "../kernel/json";
import type { ErrorCode } from "../protocol/error-code";

/** Why an operation certainly did not happen; `value` is what a failed `cas` read. */
export type Refusal = { readonly error: ErrorCode; readonly why: string; readonly value?: Json };

/** The key holds another type of data than the operation works on. */
export function wrongType(key: string, held: string, wanted: string): Refusal {
  return { error: "WRONG_TYPE", why: `The key "${key}" holds a ${held}, and this works on a ${wanted}.` };
}

/** The whole value would pass the limit. */
export const tooLarge: Refusal = { error: "VALUE_TOO_LARGE", why: "The value would be larger than 16 KB." };
