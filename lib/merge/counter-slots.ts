/** The part of a Y.Map that a counter needs. */
export type Slots = {
  readonly get: (name: string) => unknown;
  readonly set: (name: string, total: number) => unknown;
  readonly keys: () => Iterable<string>;
};

/**
 * A PN-counter (Shapiro et al., 2011) with a reset of what was seen. Each actor owns two slots, `+actor`
 * and `-actor`, that only grow; the value is their sum. A reset by another actor leaves `actor|slot` = the
 * total it saw, so increments that it had not seen survive it exactly. Totals only grow, so the slot of
 * the one actor that writes it never has two concurrent values.
 */
export function incrementSlot(slots: Slots, actor: number, by: number): void {
  const name = by < 0 ? `-${actor}` : `+${actor}`;
  slots.set(name, totalOf(slots, name) + (by < 0 ? -by : by));
}

/** Forgets every increment seen here. */
export function resetSlots(slots: Slots, actor: number): void {
  for (const name of [...slots.keys()].filter(isSlot)) {
    const total = totalOf(slots, name);
    if (total > clearedOf(slots, name)) slots.set(`${actor}|${name}`, total);
  }
}

/** The counter's value; null when it was never incremented, or not since it was reset. */
export function sumSlots(slots: Slots): number | null {
  let sum: number | null = null;
  for (const name of [...slots.keys()].filter(isSlot)) {
    const total = totalOf(slots, name);
    const cleared = clearedOf(slots, name);
    if (total <= cleared) continue;
    const left = total - Math.max(0, cleared);
    sum = (sum ?? 0) + (name.startsWith("-") ? -left : left);
  }
  return sum;
}

function isSlot(name: string): boolean {
  return name.startsWith("+") || name.startsWith("-");
}

/** The greatest total that anybody reset; below every total where nobody did. */
function clearedOf(slots: Slots, name: string): number {
  let cleared = -1;
  for (const reset of slots.keys()) {
    if (reset.endsWith(`|${name}`)) cleared = Math.max(cleared, totalOf(slots, reset));
  }
  return cleared;
}

function totalOf(slots: Slots, name: string): number {
  const total = slots.get(name);
  return Number.isSafeInteger(total) ? Math.max(0, total as number) : 0;
}
