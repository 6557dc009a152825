import type { TraceEvent } from "@/lib/protocol/trace";
import { clockTime } from "../_kit/format";
import type { NameOf } from "../_site/names";
import { describeEvent } from "./describe";

/** Events as sentences, in the order given, with the lab's time before each. */
export function Feed({
  events,
  nameOf,
  count = 40,
}: {
  readonly events: readonly TraceEvent[];
  readonly nameOf: NameOf;
  readonly count?: number;
}) {
  const told = tellable(events, nameOf, count);
  if (told.length === 0) return <p className="text-muted">Nothing yet.</p>;
  return (
    <ol
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard.
      tabIndex={0}
      aria-label="Events, newest first"
      className="-mx-1 max-h-96 overflow-y-auto px-1 text-[0.875rem]"
    >
      {told.map(({ event, sentence }) => (
        <li key={`${event.site}:${event.e}:${event.atMs}`} className="flex gap-3 py-1">
          <span className="w-11 shrink-0 text-right font-mono text-[0.8125rem] leading-[1.6rem] text-muted">
            {clockTime(event.atMs)}
          </span>
          <span className="min-w-0">{sentence}</span>
        </li>
      ))}
    </ol>
  );
}

/** Tells an event in words; null for what is not told. */
type Teller = (event: TraceEvent, nameOf: NameOf) => string | null;

/** The first `count` events that have a sentence; of equal neighbours the first. */
export function tellable(
  events: readonly TraceEvent[],
  nameOf: NameOf,
  count: number,
  tell: Teller = describeEvent,
): { readonly event: TraceEvent; readonly sentence: string }[] {
  const told: { event: TraceEvent; sentence: string }[] = [];
  for (const event of events) {
    if (told.length === count) break;
    const sentence = tell(event, nameOf);
    if (sentence !== null && sentence !== told.at(-1)?.sentence) told.push({ event, sentence });
  }
  return told;
}
