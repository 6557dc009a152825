import type { LabPicture } from "../protocol/lab/picture";
import type { TraceEvent } from "../protocol/trace";
import type { ConnectionEvents } from "./connection";
import { createStory } from "./story";
import type { RunningSeat } from "./view-model";

/** What a seat has heard and noticed, as its page shows it. */
export type SeatNews = {
  /** What the server says that is there to be shown. */
  readonly hears: Pick<ConnectionEvents, "onServer" | "onPicture" | "onTimeline" | "onBad">;
  readonly shown: () => Pick<RunningSeat, "server" | "serverAwaySince" | "notices" | "dropped" | "story">;
  readonly picture: () => LabPicture | null;
  readonly isFrozen: () => boolean;
  /** A sentence for the student. */
  readonly notice: (text: string) => void;
  /** An event of this site's own trace. */
  readonly tell: (event: TraceEvent) => void;
  /** A message was dropped, by the error's name. */
  readonly count: (name: string) => void;
};

const noticesKept = 10;

export function createSeatNews(onChange: () => void): SeatNews {
  const story = createStory();
  const dropped: Record<string, number> = {};
  let picture: LabPicture | null = null;
  let server: RunningSeat["server"] = "connecting";
  let awaySince: number | null = null;
  let notices: readonly string[] = [];

  function count(name: string): void {
    dropped[name] = (dropped[name] ?? 0) + 1;
  }

  return {
    hears: {
      onServer(connected) {
        server = connected ? "connected" : "away";
        awaySince = connected ? null : performance.now();
        onChange();
      },
      onPicture(next) {
        picture = next;
        onChange();
      },
      // What was done to the pod is part of every site's story; the rest each site tells itself.
      onTimeline(told) {
        for (const event of told)
          if (event.site === "coordinator" && event.kind === "fault") story.add(event);
        onChange();
      },
      onBad: count,
    },
    shown: () => ({
      ...{ server, serverAwaySince: awaySince, notices },
      ...{ dropped: { ...dropped }, story: story.events() },
    }),
    picture: () => picture,
    isFrozen: () => picture?.frozen ?? false,
    notice(text) {
      if (!notices.includes(text)) notices = [...notices, text].slice(-noticesKept);
      onChange();
    },
    tell: story.add,
    count,
  };
}
