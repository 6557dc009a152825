import { type FaultState, noFaults } from "../protocol/faults";
import type { SessionId } from "../protocol/ids";
import type { LabPicture } from "../protocol/lab/picture";
import type { ApiError, ClaimReply } from "../protocol/lab/wire";
import { every } from "../runtime/every";
import { createRecorder, type Recorder } from "../runtime/recorder";
import type { RuntimeStop } from "../runtime/runtime";
import { createSiteClock, platformReadings } from "./clock";
import { createClockSync } from "./clock-sync";
import { type ConnectionEvents, createConnection, type OverReason, type Peers } from "./connection";
import { createJournalOpener } from "./journal-opener";
import { createSeatOperations } from "./seat-operations";
import { reportOf } from "./seat-report";
import { cannotWriteBecause, seatViewOf } from "./seat-view";
import { inspectionOf } from "./site-inspection";
import { createSiteOrders } from "./site-orders";
import { createSiteProcess, type SiteProcess } from "./site-process";
import { createStory } from "./story";
import type { RunningSeat, Seat } from "./view-model";
import { createWorkerTiming } from "./worker-timing";

/** A claimed seat at work, until it is over or the page goes away. */
export type SeatAtWork = Omit<Seat, "store" | "look" | "close"> & {
  /** Null until the site has started for the first time. */
  readonly view: () => RunningSeat | null;
  readonly visibility: (hidden: boolean) => void;
  /** Gives the lease back and closes every connection before it returns. */
  readonly leave: () => void;
};

export type SeatAtWorkEvents = {
  readonly onChange: () => void;
  readonly onOver: (why: OverReason) => void;
  readonly onRefused: (error: ApiError) => void;
};

const reportEveryMs = 1_000;
const retryMs = 500;
const noticesKept = 10;

/**
 * Connects a claimed seat and runs its site. The site starts once the server has said which faults
 * are in force and what time it is, so that it never serves outside of them.
 */
export function createSeatAtWork(
  claim: ClaimReply,
  freshSeat: boolean,
  events: SeatAtWorkEvents,
): SeatAtWork {
  const { onChange } = events;
  const clock = createSiteClock(platformReadings);
  const timing = createWorkerTiming(clock.raw);
  const story = createStory();
  const dropped: Record<string, number> = {};
  let incarnation = claim.incarnation;
  let recorder: Recorder | null = null;
  let site: SiteProcess | null = null;
  let faults: FaultState = noFaults;
  let peers: Peers = [];
  let picture: LabPicture | null = null;
  let server: RunningSeat["server"] = "connecting";
  let awaySince: number | null = null;
  let notices: readonly string[] = [];
  let begun = false;
  let left = false;

  const auth = () => {
    const { code, seatId, secret } = claim;
    return { as: "seat", code, seatId, secret, incarnation } as const;
  };
  const connection = createConnection(auth, connectionEvents());
  const sync = createClockSync(clock, connection.askClock, timing);
  const operations = createSeatOperations({
    session: `${claim.site}.${claim.incarnation}` as SessionId,
    runtime: () => site?.host()?.runtime ?? null,
    isFrozen,
    onChange,
  });
  const orders = createSiteOrders({
    claim,
    connection,
    operations,
    untilAnswered,
    site: () => site,
    recorder: () => recorder,
    setIncarnation: (next) => {
      incarnation = next;
    },
  });
  const stopReports = every(timing, reportEveryMs, report);
  connection.open();

  function connectionEvents(): ConnectionEvents {
    return {
      onServer,
      onRefused: events.onRefused,
      onOver: events.onOver,
      onPicture: (next) => {
        picture = next;
        onChange();
      },
      // What was done to the pod is part of every site's story; the rest each site tells itself.
      onTimeline: (told) => {
        for (const event of told)
          if (event.site === "coordinator" && event.kind === "fault") story.add(event);
        onChange();
      },
      onPeers: (next) => {
        peers = next;
        site?.setPeers(next);
      },
      onFaults: (next, confirm) => {
        faults = next;
        site?.setFaults(next);
        confirm();
        void begin();
      },
      onSignal: (signal) => site?.signal(signal),
      onInspect: () => inspectionOf(site?.host()?.snapshot() ?? null),
      onCoordination: (message) => site?.host()?.coordination(message),
      onEdge: (request, answer) => {
        void operations.runFor(request.session, request.opId, request.op, request.token).then(answer);
      },
      onOperate: (order, done) => void orders.obey(order).then(done),
      onBad: count,
    };
  }

  function onServer(connected: boolean): void {
    server = connected ? "connected" : "away";
    awaySince = connected ? null : performance.now();
    if (connected) {
      clock.resync();
      void sync.burst();
    }
    onChange();
  }

  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    const firstE = (await untilAnswered(connection.askStored)) + 1;
    await untilAnswered(async () => {
      if (!clock.synced()) await sync.burst();
      return clock.synced() ? true : null;
    });
    if (left) return;
    recorder = startRecorder(firstE);
    site = createSiteProcess({
      claim,
      clock,
      timing,
      connection,
      recorder,
      auth,
      opener: createJournalOpener(claim.seatId, notice),
      faults: () => faults,
      peers: () => peers,
      notice,
      onDiskLost: orders.tellDiskLost,
      onChange,
      onStopped,
      onDropped: count,
    });
    await site.start(incarnation);
  }

  function startRecorder(firstE: number): Recorder {
    const started = createRecorder({
      site: claim.site,
      firstE,
      timing,
      time: () => ({ ...clock.observed(), wallMs: clock.now().wall }),
      ship: (batch) => connection.trace(batch, started.stored),
      onEvent: story.add,
      onSkipped: count,
    });
    return started;
  }

  /** Asks again until there is an answer: the server may be away for a while. */
  async function untilAnswered<T>(ask: () => Promise<T | null>): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (answer !== null) return answer;
      await new Promise<void>((resolve) => timing.after(retryMs, resolve));
    }
  }

  function onStopped(why: RuntimeStop): void {
    if (why.type === "disk" && why.failure.code === "TAKEN") {
      events.onOver("superseded");
      return;
    }
    const message = why.type === "assertion" ? why.message : why.failure.message;
    recorder?.record({ kind: "note", text: `This site stopped by itself: ${message}`.slice(0, 500) });
    notice(`This site stopped by itself: ${message}`);
  }

  function notice(text: string): void {
    if (!notices.includes(text)) notices = [...notices, text].slice(-noticesKept);
    onChange();
  }

  function count(name: string): void {
    dropped[name] = (dropped[name] ?? 0) + 1;
  }

  function isFrozen(): boolean {
    return picture?.frozen ?? false;
  }

  function report(): void {
    const host = site?.host();
    if (host === null || host === undefined) return;
    const engine = host.snapshot();
    connection.report(reportOf(engine, host.links(), host.takeRates(), whyNot(engine.cannotWrite)));
    onChange();
  }

  /** The shared page where it may be written now. */
  function editable() {
    return state() === "running" && !isFrozen() ? site?.host()?.page : undefined;
  }

  function state(): RunningSeat["state"] {
    const host = site?.host() ?? null;
    if (host === null) return "crashed";
    return host.isPaused() ? "paused" : "running";
  }

  function whyNot(engine: string | null): string | null {
    return cannotWriteBecause({ state: state(), frozen: isFrozen(), server, engine });
  }

  function view(): RunningSeat | null {
    const engine = site?.snapshot() ?? null;
    if (engine === null) return null;
    const host = site?.host() ?? null;
    return seatViewOf({
      claim,
      freshSeat,
      picture,
      server,
      serverAwaySince: awaySince,
      state: state(),
      engine,
      cannotWrite: whyNot(engine.cannotWrite),
      host,
      ops: operations.lines(),
      story: story.events(),
      clock: clock.info(),
      notices,
      dropped: { ...dropped, ...host?.dropped() },
    });
  }

  function leave(): void {
    if (left) return;
    left = true;
    site?.leave();
    recorder?.flush();
    recorder?.close();
    stopReports();
    sync.close();
    connection.close();
    timing.close();
  }

  return {
    view,
    run: operations.run,
    crash: orders.crash,
    restart: orders.restart,
    dismissDiscarded: () => site?.host()?.runtime.dismissDiscarded(),
    editPage: (edit) => editable()?.edit(edit),
    writeLwwPage: (text) => editable()?.writeLww(text),
    moveCursor: (at, head) => editable()?.moveCursor(at, head),
    visibility: (hidden) => {
      site?.host()?.runtime.visibility(hidden);
      if (!hidden) void sync.burst();
    },
    leave,
  };
}
