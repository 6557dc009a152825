import type { Timing } from "../net/timing";
import type { SessionId } from "../protocol/ids";
import type { ApiError, ClaimReply } from "../protocol/lab/wire";
import { every } from "../runtime/every";
import { createSiteClock, platformReadings } from "./clock";
import { createClockSync } from "./clock-sync";
import { type ConnectionEvents, createConnection, type OverReason } from "./connection";
import { createSeatFace } from "./seat-face";
import { createSeatNews } from "./seat-news";
import { createSeatOperations } from "./seat-operations";
import { createSeatSite } from "./seat-site";
import { createSiteOrders } from "./site-orders";
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

/** Connects a claimed seat and runs its site. */
export function createSeatAtWork(
  claim: ClaimReply,
  freshSeat: boolean,
  events: SeatAtWorkEvents,
): SeatAtWork {
  const { onChange, onOver, onRefused } = events;
  const clock = createSiteClock(platformReadings);
  const timing = createWorkerTiming(clock.raw);
  const news = createSeatNews(onChange);
  const { auth, setIncarnation } = createSeatAuth(claim);
  let left = false;

  const untilAnswered = <T>(ask: () => Promise<T | null>) => askUntilAnswered(timing, ask);
  const site = createSeatSite({
    ...{ claim, clock, timing, news, auth, untilAnswered, onOver, onChange },
    connection: () => connection,
    sync: () => sync,
    tellDiskLost: () => orders.tellDiskLost(),
  });
  const hears: ConnectionEvents = {
    ...{ ...news.hears, ...site.hears, onOver, onRefused },
    onServer(connected) {
      if (connected) {
        clock.resync();
        void sync.burst();
      }
      news.hears.onServer(connected);
    },
    onEdge: ({ session, opId, op, token }, answer) =>
      void operations.runFor(session, opId, op, token).then(answer),
    onOperate: (order, done) => void orders.obey(order).then(done),
  };
  const connection = createConnection(auth, hears);
  const sync = createClockSync(clock, connection.askClock, timing);
  const operations = createSeatOperations({
    session: `${claim.site}.${claim.incarnation}` as SessionId,
    runtime: () => site.process()?.host()?.runtime ?? null,
    isFrozen: news.isFrozen,
    onChange,
  });
  const orders = createSiteOrders({
    ...{ claim, connection, operations, untilAnswered, site: site.process, recorder: site.recorder },
    setIncarnation,
  });
  const face = createSeatFace({ claim, freshSeat, clock, news, connection, operations, site, onChange });
  const stopReports = every(timing, reportEveryMs, face.report);
  connection.open();

  return {
    view: face.view,
    run: operations.run,
    crash: orders.crash,
    restart: orders.restart,
    rejoin: async () => {
      const decided = await connection.rejoin();
      return decided === null ? "The lab server does not answer." : decided.refused;
    },
    dismissDiscarded: () => site.process()?.host()?.runtime.dismissDiscarded(),
    editPage: (edit) => face.editable()?.edit(edit),
    writeLwwPage: (text) => face.editable()?.writeLww(text),
    moveCursor: (at, head) => face.editable()?.moveCursor(at, head),
    visibility: (hidden) => {
      site.process()?.host()?.runtime.visibility(hidden);
      if (!hidden) void sync.burst();
    },
    leave: () => {
      if (left) return;
      left = true;
      site.leave();
      stopReports();
      sync.close();
      connection.close();
      timing.close();
    },
  };
}

/** As whom the seat connects: with every start of its site as a newer incarnation. */
function createSeatAuth({ code, seatId, secret, incarnation: first }: ClaimReply) {
  let incarnation = first;
  return {
    auth: () => ({ as: "seat", code, seatId, secret, incarnation }) as const,
    setIncarnation(next: number): void {
      incarnation = next;
    },
  };
}

/** Asks again until there is an answer: the server may be away for a while. */
async function askUntilAnswered<T>(timing: Timing, ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise<void>((resolve) => timing.after(retryMs, resolve));
  }
}
