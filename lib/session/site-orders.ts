import { unreachable } from "../kernel/assert";
import { err, ok, type Result } from "../kernel/result";
import type { ClaimReply, Operate } from "../protocol/lab/wire";
import type { Outcome } from "../protocol/operation";
import type { Recorder } from "../runtime/recorder";
import type { Connection } from "./connection";
import type { SeatOperations } from "./seat-operations";
import type { SiteProcess } from "./site-process";

/** What is done to the site as a whole: by its student, and by the console. */
export type SiteOrders = {
  readonly crash: (disk: "kept" | "lost") => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Carries out what the server says; resolves when it is done. */
  readonly obey: (order: Operate) => Promise<Result<Outcome | null, string>>;
  /** Resolves when the coordinator counts no more on what this site's disk held. */
  readonly tellDiskLost: () => Promise<void>;
};

export type SiteOrdersOptions = {
  readonly claim: ClaimReply;
  readonly connection: Pick<Connection, "incarnate" | "tellDiskLost">;
  readonly operations: Pick<SeatOperations, "runFor">;
  readonly untilAnswered: <T>(ask: () => Promise<T | null>) => Promise<T>;
  readonly site: () => SiteProcess | null;
  readonly recorder: () => Recorder | null;
  /** Under this number the site connects from now on. */
  readonly setIncarnation: (incarnation: number) => void;
};

export function createSiteOrders(options: SiteOrdersOptions): SiteOrders {
  const { connection, operations, untilAnswered } = options;
  /** Only when the coordinator knows may the site come back: it might be counted on for what it held. */
  let lossHeard: Promise<void> = Promise.resolve();

  async function tellDiskLost(): Promise<void> {
    await untilAnswered(connection.tellDiskLost);
  }

  async function startAs(incarnation: number): Promise<void> {
    options.setIncarnation(incarnation);
    await options.site()?.start(incarnation);
  }

  /** The server records what the console does; what the student does is recorded here. */
  function record(verb: string, fields: { readonly disk?: string }): void {
    const site = options.claim.site;
    options.recorder()?.record({ kind: "fault", verb, fields: { site, ...fields }, cause: "planned" });
  }

  async function crash(disk: "kept" | "lost"): Promise<void> {
    record("crash", { disk });
    await options.site()?.crash(disk);
    if (disk === "lost") lossHeard = tellDiskLost();
  }

  async function restart(): Promise<void> {
    if (options.site()?.host() !== null) return;
    await lossHeard;
    const incarnation = await untilAnswered(connection.incarnate);
    record("restart", {});
    await startAs(incarnation);
  }

  async function obey(order: Operate): Promise<Result<Outcome | null, string>> {
    switch (order.do) {
      case "crash":
        await options.site()?.crash(order.disk);
        return ok(null);
      case "restart":
        if (options.site()?.host() !== null) return err("The site is running.");
        await startAs(order.incarnation);
        return ok(null);
      case "op":
        return ok(await operations.runFor(order.session, order.opId, order.op, order.token));
      default:
        return unreachable(order);
    }
  }

  return { crash, restart, obey, tellDiskLost };
}
