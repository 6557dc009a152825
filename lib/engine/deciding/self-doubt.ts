import { seconds } from "../../protocol/words";
import { note, type Site } from "../site";

/** A gap between two ticks after which a watcher distrusts itself, in ms (Redis Sentinel: SENTINEL_TILT_TRIGGER). */
const tiltTriggerMs = 2000;

/**
 * The watcher's first suspect is itself. A tab that was frozen finds everybody silent: it convicts nobody,
 * for three heartbeats, and answers "do not know" meanwhile (Redis Sentinel's tilt mode).
 */
export type SelfDoubt = {
  /** Watching begins now. */
  readonly begin: () => void;
  /** A tick has come, in time or late. */
  readonly tick: () => void;
  /** True while this watcher should be believed by nobody, itself included. Seen before a late tick too. */
  readonly isTilted: () => boolean;
  /** Silences count from here at the earliest. */
  readonly countsFromMono: () => number;
};

export function createSelfDoubt(site: Site): SelfDoubt {
  let lastTickMono = 0;
  let tiltUntilMono = Number.NEGATIVE_INFINITY;
  let fromMono = 0;
  const gapMs = () => site.now.mono - lastTickMono;
  return {
    begin() {
      lastTickMono = site.now.mono;
      fromMono = site.now.mono;
    },
    tick() {
      const { mono } = site.now;
      if (gapMs() > tiltTriggerMs) {
        const holdMs = 3 * (site.view?.cluster.detector.heartbeatMs ?? 0);
        tiltUntilMono = mono + holdMs;
        fromMono = tiltUntilMono;
        note(
          site,
          `This watcher stood still for ${seconds(gapMs())}: it convicts nobody for ${seconds(holdMs)}.`,
        );
      }
      lastTickMono = mono;
    },
    isTilted: () => site.now.mono < tiltUntilMono || gapMs() > tiltTriggerMs,
    countsFromMono: () => fromMono,
  };
}
