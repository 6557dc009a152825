import type { Shell } from "../shell";
import type { Part } from "./decider";
import type { SelfDoubt } from "./self-doubt";

export function createSwim(_shell: Shell, _doubt: SelfDoubt): Part {
  return { onView() {}, onMessage() {}, onTick() {}, show: () => null };
}
