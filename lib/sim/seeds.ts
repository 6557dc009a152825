import { err, ok, type Result } from "../kernel/result";

/** Seeds in a row, both ends included. */
export type Seeds = { readonly from: number; readonly to: number };

/** Reads what follows `--seed` (one) or `--seeds` (a range); null where neither was given. */
export function seedsOf(one: string | undefined, range: string | undefined): Result<Seeds | null, string> {
  if (one !== undefined && range !== undefined) {
    return err("command line: expected either --seed or --seeds");
  }
  if (one !== undefined) {
    const seed = seedOf(one);
    return seed === null
      ? err("--seed: expected a whole number from 0 to 4294967295")
      : ok({ from: seed, to: seed });
  }
  if (range === undefined) return ok(null);
  const [from, to, more] = range.split("..").map(seedOf);
  return from == null || to == null || more !== undefined || to < from
    ? err("--seeds: expected A..B, two whole numbers from 0 to 4294967295, B not below A")
    : ok({ from, to });
}

function seedOf(text: string): number | null {
  if (!/^[0-9]{1,10}$/.test(text)) return null;
  const seed = Number(text);
  return seed < 2 ** 32 ? seed : null;
}
