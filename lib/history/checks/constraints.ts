import { type Contradiction, contradiction } from "./contradiction";
import { versionName } from "./record";
import { topologicalOrder } from "./topology";
import type { VersionOrder } from "./version-order";

/** A demand that one version of a key comes before another, or is it, with the operations that make it. */
export type Demand = {
  readonly key: string;
  readonly before: string;
  /** Null is the initial state, before which nothing comes. */
  readonly after: string | null;
  readonly ops: readonly string[];
  /** The sentence if the versions are known to be the other way round. */
  readonly text: string;
};

/** Collects demands and tells whether any order of the versions meets them all. */
export type Constraints = {
  /** Returns the contradiction if this demand alone is one. */
  readonly demand: (demand: Demand) => Contradiction | null;
  /** Demands made so far, those that are met included. */
  readonly made: () => number;
  /** Demands that nothing known decides: their number is what the last step costs. */
  readonly open: () => number;
  /** The contradiction that the demands are together; null when some order meets them. */
  readonly conclude: () => Contradiction | null;
};

/** Starts without demands, knowing what the cluster said of the order. */
export function createConstraints(order: VersionOrder): Constraints {
  const open = new Map<string, Demand>();
  let made = 0;
  return {
    demand(demand) {
      made += 1;
      const { before, after } = demand;
      if (before === after) return null;
      if (after === null || order.isBefore(after, before)) return contradiction(demand.ops, demand.text);
      if (!order.isBefore(before, after)) open.set(`${before}\n${after}`, demand);
      return null;
    },
    made: () => made,
    open: () => open.size,
    conclude: () => (open.size === 0 ? null : cycleOf([...open.values()], order)),
  };
}

function cycleOf(demands: readonly Demand[], order: VersionOrder): Contradiction | null {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (version: string) => {
    const known = numbers.get(version);
    if (known !== undefined) return known;
    numbers.set(version, names.length);
    return names.push(version) - 1;
  };
  const reasons = new Map<string, Demand>();
  const before = new Map<number, number[]>();
  const add = (earlier: string, later: string) => {
    const list = before.get(numberOf(later));
    if (list === undefined) before.set(numberOf(later), [numberOf(earlier)]);
    else list.push(numberOf(earlier));
  };
  for (const demand of demands) {
    add(demand.before, demand.after ?? "");
    reasons.set(`${demand.before}\n${demand.after}`, demand);
  }
  for (const [earlier, later] of order.settled) add(earlier, later);
  const { cycle } = topologicalOrder(names.length, (node) => before.get(node) ?? []);
  if (cycle.length === 0) return null;
  const steps = cycle.map((node, i): readonly [string, string] => [
    names[node] as string,
    names[cycle[(i + 1) % cycle.length] as number] as string,
  ]);
  const why = steps.flatMap(([a, b]) => reasons.get(`${a}\n${b}`) ?? []);
  const told = steps.map(([a, b]) => `${versionName(a)} before ${versionName(b)}`).join(", ");
  const ops = [...new Set(why.flatMap((demand) => demand.ops))].slice(0, 8);
  return contradiction(ops, `Together what was seen demands ${told}: a contradiction.`);
}
