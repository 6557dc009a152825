/** An order in which every node follows what is before it, or a cycle that forbids one. */
export type Topology = {
  readonly order: readonly number[] | null;
  readonly cycle: readonly number[];
};

/** Kahn's algorithm over the nodes 0 to `size`; among equals the lower number comes first found. */
export function topologicalOrder(size: number, before: (node: number) => readonly number[]): Topology {
  const after: number[][] = Array.from({ length: size }, () => []);
  const open = new Int32Array(size);
  for (let node = 0; node < size; node += 1) {
    for (const cause of before(node)) {
      after[cause]?.push(node);
      open[node] = (open[node] as number) + 1;
    }
  }
  const order: number[] = [];
  for (let node = 0; node < size; node += 1) if (open[node] === 0) order.push(node);
  for (let i = 0; i < order.length; i += 1) {
    for (const effect of after[order[i] as number] ?? []) {
      open[effect] = (open[effect] as number) - 1;
      if (open[effect] === 0) order.push(effect);
    }
  }
  if (order.length === size) return { order, cycle: [] };
  return { order: null, cycle: cycleIn(open, before) };
}

/** Every node left over has a cause that is left over: walking back must meet itself. */
function cycleIn(open: Int32Array, before: (node: number) => readonly number[]): readonly number[] {
  const path: number[] = [];
  const places = new Map<number, number>();
  let node = open.findIndex((n) => n > 0);
  while (!places.has(node)) {
    places.set(node, path.length);
    path.push(node);
    node = before(node).find((cause) => (open[cause] as number) > 0) as number;
  }
  return path.slice(places.get(node)).reverse();
}
