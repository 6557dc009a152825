import type { TraceEvent } from "@/lib/protocol/trace";
import { clockTime } from "../_kit/format";
import type { NameOf } from "../_site/names";
import { briefEvent } from "../_timeline/brief";
import { tellable } from "../_timeline/feed";

const lines = 5;

/** The last few events, largest first; older ones are in the lanes. */
export function ScreenFeed({
  events,
  nameOf,
  waitingFor,
}: {
  readonly events: readonly TraceEvent[];
  readonly nameOf: NameOf;
  readonly waitingFor: string | null;
}) {
  const told = tellable(events, nameOf, waitingFor === null ? lines : lines - 2, briefEvent);
  return (
    <div className="text-[2.3vh] leading-snug">
      {waitingFor !== null && <p className="font-semibold">{waitingFor}</p>}
      <ol aria-label="Events, newest first">
        {told.map(({ event, sentence }, i) => (
          <li
            key={`${event.site}:${event.e}:${event.atMs}`}
            className={`flex gap-[1vw] ${i === 0 ? "" : "text-muted"}`}
          >
            <span className="shrink-0 font-mono">{clockTime(event.atMs)}</span>
            <span className="line-clamp-2">{sentence}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
