import type { PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import { clockTime } from "../_kit/format";
import { LossMark } from "../_merge/loss-mark";
import { namesOf } from "../_site/names";
import { briefEvent } from "../_timeline/brief";
import { tellable } from "../_timeline/feed";

const lines = 5;
/** Conflicts may come by the dozen, and must not push out what the class did. */
const conflictLines = 2;

/** The last few events and conflicts, newest first; older ones are in the lanes. */
export function ScreenFeed({
  pod,
  events,
}: {
  readonly pod: PodPicture;
  readonly events: readonly TraceEvent[];
}) {
  const nameOf = namesOf(pod);
  const conflicts = pod.conflicts.slice(0, conflictLines);
  // A conflict takes a line and a half, what a failover waits for two.
  const room = lines - Math.ceil(1.5 * conflicts.length) - (pod.waitingFor === null ? 0 : 2);
  const told = tellable(events, nameOf, room, briefEvent).map(({ event, sentence }) => ({
    id: `${event.site}:${event.e}:${event.atMs}`,
    atMs: event.atMs,
    sentence,
    lost: false,
  }));
  const met = conflicts.map(({ atMs, text, lost }) => ({
    id: `${atMs} ${text}`,
    atMs,
    sentence: text,
    lost,
  }));
  return (
    <div className="text-[2.3vh] leading-snug">
      {pod.waitingFor !== null && <p className="font-semibold">{pod.waitingFor}</p>}
      <ol aria-label="Events, newest first">
        {[...told, ...met]
          .sort((a, b) => b.atMs - a.atMs)
          .map(({ id, atMs, sentence, lost }, i) => (
            <li key={id} className={`flex gap-[max(1vw,0.5rem)] ${i === 0 ? "" : "text-muted"}`}>
              <span className="shrink-0 font-mono">{clockTime(atMs)}</span>
              <span className="line-clamp-2">
                {lost && <LossMark className="mr-[0.4vw] inline size-[1.8vh] align-baseline" />}
                {sentence}
              </span>
            </li>
          ))}
      </ol>
    </div>
  );
}
