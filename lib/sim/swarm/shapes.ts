import type { NodeId } from "../../protocol/ids";
import { type Chance, shuffled } from "./tables";

/** A direction that is silenced. */
export type Silence = { readonly from: NodeId; readonly to: NodeId };

/** The shapes of a partition (Jepsen's nemeses, TigerBeetle's modes). */
export const shapeNames = [
  "halves",
  "random-halves",
  "isolate",
  "one-way",
  "bridge",
  "majorities-ring",
] as const;
export type ShapeName = (typeof shapeNames)[number];

/** First of the draws that shapes use. */
const draws = { outsiders: 20, shuffle: 30, side: 60 } as const;

/**
 * Which directions between sites a partition of this shape silences. The coordinator and the edge are
 * in no group, or each in one at random.
 */
export function silences(shape: ShapeName, sites: readonly NodeId[], chance: Chance): readonly Silence[] {
  const outsiders = (["coordinator", "edge"] as const).filter((_, i) =>
    chance.isLikely(50, draws.outsiders + i),
  );
  const mixed = shuffled(sites, chance, draws.shuffle);
  const half = Math.max(1, mixed.length >> 1);
  switch (shape) {
    case "halves":
      return across(withOutsiders([mixed.slice(0, half), mixed.slice(half)], outsiders, chance), true);
    case "random-halves":
      return across(withOutsiders(sides(sites, chance), outsiders, chance), true);
    case "isolate":
      return across([mixed.slice(0, 1), [...mixed.slice(1), "coordinator", "edge"]], true);
    case "one-way":
      return across(withOutsiders(sides(sites, chance), outsiders, chance), false);
    case "bridge":
      // The first of the shuffled sites sees both halves.
      return across([mixed.slice(1, 1 + half), mixed.slice(1 + half)], true);
    case "majorities-ring":
      return ring(mixed);
  }
}

function sides(sites: readonly NodeId[], chance: Chance): [NodeId[], NodeId[]] {
  const isLeft = sites.map((_, i) => chance.isLikely(50, draws.side + i));
  return [sites.filter((_, i) => isLeft[i]), sites.filter((_, i) => !isLeft[i])];
}

function withOutsiders(
  [left, right]: readonly [readonly NodeId[], readonly NodeId[]],
  outsiders: readonly NodeId[],
  chance: Chance,
): [NodeId[], NodeId[]] {
  const isLeft = (_: NodeId, i: number) => chance.isLikely(50, draws.outsiders + 4 + i);
  const isRight = (node: NodeId, i: number) => !isLeft(node, i);
  return [
    [...left, ...outsiders.filter(isLeft)],
    [...right, ...outsiders.filter(isRight)],
  ];
}

function across([left, right]: readonly [readonly NodeId[], readonly NodeId[]], both: boolean): Silence[] {
  return left.flatMap((a) =>
    right.flatMap((b) => [{ from: a, to: b }, ...(both ? [{ from: b, to: a }] : [])]),
  );
}

/** Every site sees a majority, and no two see the same one: neighbours on a ring, as far as a majority reaches. */
function ring(sites: readonly NodeId[]): Silence[] {
  const reach = Math.max(1, sites.length >> 2);
  return sites.flatMap((from, i) =>
    sites.flatMap((to, j) => {
      const distance = Math.min(Math.abs(i - j), sites.length - Math.abs(i - j));
      return distance > reach ? [{ from, to }] : [];
    }),
  );
}
