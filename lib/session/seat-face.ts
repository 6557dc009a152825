import type { ClaimReply } from "../protocol/lab/wire";
import type { SiteClock } from "./clock";
import type { Connection } from "./connection";
import type { PageHost } from "./page-host";
import type { SeatNews } from "./seat-news";
import type { SeatOperations } from "./seat-operations";
import { reportOf } from "./seat-report";
import type { SeatSite } from "./seat-site";
import { cannotWriteBecause, seatViewOf } from "./seat-view";
import type { RunningSeat } from "./view-model";

/** How a seat at work looks: to its own page, and to console and screen. */
export type SeatFace = {
  /** Null until the site has started for the first time. */
  readonly view: () => RunningSeat | null;
  /** Tells the server what this site does now. */
  readonly report: () => void;
  /** The shared page where it may be written now. */
  readonly editable: () => PageHost | undefined;
};

export function createSeatFace(options: {
  readonly claim: ClaimReply;
  readonly freshSeat: boolean;
  readonly clock: SiteClock;
  readonly news: SeatNews;
  readonly connection: Connection;
  readonly operations: SeatOperations;
  readonly site: SeatSite;
  readonly onChange: () => void;
}): SeatFace {
  const { claim, freshSeat, clock, news, connection, operations, site } = options;
  const host = () => site.process()?.host() ?? null;

  function state(): RunningSeat["state"] {
    const running = host();
    if (running === null) return "crashed";
    return running.isPaused() ? "paused" : "running";
  }

  function whyNot(engine: string | null): string | null {
    const { server } = news.shown();
    return cannotWriteBecause({ state: state(), frozen: news.isFrozen(), server, engine });
  }

  return {
    view() {
      const engine = site.process()?.snapshot() ?? null;
      if (engine === null) return null;
      const shown = news.shown();
      return seatViewOf({
        ...{ claim, freshSeat, engine, host: host(), picture: news.picture() },
        ...shown,
        state: state(),
        cannotWrite: whyNot(engine.cannotWrite),
        ops: operations.lines(),
        clock: clock.info(),
        dropped: { ...shown.dropped, ...host()?.dropped() },
      });
    },
    report() {
      const running = host();
      if (running === null) return;
      const engine = running.snapshot();
      const { links, takeRates } = running;
      connection.report(reportOf(engine, links(), takeRates(), whyNot(engine.cannotWrite)));
      options.onChange();
    },
    editable: () => (state() === "running" && !news.isFrozen() ? host()?.page : undefined),
  };
}
