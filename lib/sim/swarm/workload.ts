import type { SiteId } from "../../protocol/ids";
import type { ScenarioInput } from "../../scenario/schema";
import { type Chance, everyMs } from "./tables";

type Traffic = NonNullable<ScenarioInput["traffic"]>[number];

/** What sessions do: registers alone, a type of data for each session, or keys that come and go. */
export type Work = "registers" | "types" | "deletions";

const draws = { every: 0, kind: 1, from: 2, lasts: 3, keys: 4, roams: 5 } as const;

const registers = [
  { mix: { put: 3, get: 3 }, keys: ["x"] },
  { mix: { put: 2, get: 4 }, keys: ["x", "y"] },
  { mix: { put: 2, get: 2, cas: 2 }, keys: ["x", "y"] },
  { mix: { put: 4, get: 3, delete: 1 }, keys: ["y"] },
] as const;
const types = [
  ...registers,
  { mix: { increment: 3, get: 1 }, keys: ["n"] },
  { mix: { add: 3, remove: 1, get: 1 }, keys: ["set"] },
  { mix: { insert: 3, erase: 1, get: 1 }, keys: ["text"] },
  { mix: { patch: 2, get: 1 }, keys: ["record"] },
] as const;

const deletions = [
  { mix: { put: 2, delete: 2, get: 1 }, keys: ["a", "b", "c", "d", "e", "f"] },
  { mix: { put: 1, delete: 1 }, keys: ["a", "b", "c"] },
] as const;
type Row = (typeof types)[number] | (typeof deletions)[number];
const rows: Readonly<Record<Work, readonly Row[]>> = { registers, types, deletions };

/** One session: steady, or a burst between two silences; at its site, or (`roams`) also at the next one. */
export function sessionAt(
  index: number,
  site: SiteId | "route",
  sites: readonly SiteId[],
  options: { readonly work: Work; readonly untilMs: number; readonly chance: Chance },
): readonly Traffic[] {
  const { chance, untilMs } = options;
  const { mix, keys } = chance.pick(rows[options.work], draws.kind);
  const isBurst = chance.isLikely(30, draws.from);
  const fromMs = isBurst ? chance.below(untilMs, draws.from + 10) : 0;
  const toMs = isBurst ? Math.min(untilMs, fromMs + 500 + chance.below(2000, draws.lasts)) : untilMs;
  // An odd period: no call falls on the very moment of an earlier answer, so that every order is known.
  const every = chance.pick(everyMs, draws.every) / (isBurst ? 2 : 1) + 0.013;
  const row = { session: `s${index}`, fromMs, toMs, everyMs: every, mix: { ...mix }, keys: [...keys] };
  const next = sites[(index + 1) % sites.length];
  const roams = site !== "route" && next !== undefined && next !== site && chance.isLikely(25, draws.roams);
  return roams
    ? [
        { ...row, site, everyMs: 2 * every },
        { ...row, site: next, everyMs: 2 * every, fromMs: fromMs + every },
      ]
    : [{ ...row, site }];
}
