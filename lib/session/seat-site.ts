import type { Timing } from "../net/timing";
import { type FaultState, noFaults } from "../protocol/faults";
import type { ClaimReply, SocketAuth } from "../protocol/lab/wire";
import { createRecorder, type Recorder } from "../runtime/recorder";
import type { RuntimeStop } from "../runtime/runtime";
import type { SiteClock } from "./clock";
import type { ClockSync } from "./clock-sync";
import type { Connection, ConnectionEvents, OverReason, Peers } from "./connection";
import { createJournalOpener } from "./journal-opener";
import type { SeatNews } from "./seat-news";
import { inspectionOf } from "./site-inspection";
import { createSiteProcess, type SiteProcess } from "./site-process";

/** The site of a claimed seat: it starts once the server has said what is in force. */
export type SeatSite = {
  /** What the server says that concerns the site. */
  readonly hears: Pick<
    ConnectionEvents,
    "onPeers" | "onFaults" | "onSignal" | "onInspect" | "onCoordination"
  >;
  /** Null until the site has started for the first time. */
  readonly process: () => SiteProcess | null;
  readonly recorder: () => Recorder | null;
  readonly leave: () => void;
};

export type SeatSiteOptions = {
  readonly claim: ClaimReply;
  readonly clock: SiteClock;
  readonly timing: Timing;
  readonly news: SeatNews;
  readonly connection: () => Connection;
  readonly sync: () => ClockSync;
  readonly auth: () => SocketAuth & { readonly as: "seat" };
  readonly untilAnswered: <T>(ask: () => Promise<T | null>) => Promise<T>;
  /** The journal was damaged. Resolves once nobody counts on what it held. */
  readonly tellDiskLost: () => Promise<void>;
  readonly onOver: (why: OverReason) => void;
  readonly onChange: () => void;
};

/**
 * The site starts once the server has said which faults are in force and what time it is, so that it
 * never serves outside of them.
 */
export function createSeatSite(options: SeatSiteOptions): SeatSite {
  const { claim, clock, timing, news, untilAnswered } = options;
  let recorder: Recorder | null = null;
  let process: SiteProcess | null = null;
  let faults: FaultState = noFaults;
  let peers: Peers = [];
  let begun = false;
  let left = false;

  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    const connection = options.connection();
    const firstE = (await untilAnswered(connection.askStored)) + 1;
    await untilAnswered(async () => {
      if (!clock.synced()) await options.sync().burst();
      return clock.synced() ? true : null;
    });
    if (left) return;
    recorder = startRecorder(options, firstE);
    process = createSiteProcess({
      ...{ claim, clock, timing, connection, recorder, auth: options.auth },
      opener: createJournalOpener(claim.seatId, news.notice),
      faults: () => faults,
      peers: () => peers,
      notice: news.notice,
      onDiskLost: options.tellDiskLost,
      onChange: options.onChange,
      onStopped,
      onDropped: news.count,
    });
    await process.start(options.auth().incarnation);
  }

  function onStopped(why: RuntimeStop): void {
    if (why.type === "disk" && why.failure.code === "TAKEN") {
      options.onOver("superseded");
      return;
    }
    const message = why.type === "assertion" ? why.message : why.failure.message;
    recorder?.record({ kind: "note", text: `This site stopped by itself: ${message}`.slice(0, 500) });
    news.notice(`This site stopped by itself: ${message}`);
  }

  return {
    hears: {
      onPeers(next) {
        peers = next;
        process?.setPeers(next);
      },
      onFaults(next, confirm) {
        faults = next;
        process?.setFaults(next);
        confirm();
        void begin();
      },
      onSignal: (signal) => process?.signal(signal),
      onInspect: () => inspectionOf(process?.host()?.snapshot() ?? null),
      onCoordination: (message) => process?.host()?.coordination(message),
    },
    process: () => process,
    recorder: () => recorder,
    leave() {
      left = true;
      process?.leave();
      recorder?.flush();
      recorder?.close();
    },
  };
}

function startRecorder(
  { claim, clock, timing, news, connection }: SeatSiteOptions,
  firstE: number,
): Recorder {
  const recorder = createRecorder({
    site: claim.site,
    firstE,
    timing,
    time: () => ({ ...clock.observed(), wallMs: clock.now().wall }),
    ship: (batch) => connection().trace(batch, recorder.stored),
    onEvent: news.tell,
    onSkipped: news.count,
  });
  return recorder;
}
