import type { EngineSnapshot } from "../engine/types";
import { errorCodes } from "../protocol/error-code";
import type { LabPicture } from "../protocol/lab/picture";
import type { ClaimReply } from "../protocol/lab/wire";
import type { SiteHost } from "./site-host";
import type { RunningSeat, SharedPageView } from "./view-model";

type Given =
  | "freshSeat"
  | "server"
  | "serverAwaySince"
  | "state"
  | "cannotWrite"
  | "ops"
  | "story"
  | "clock"
  | "notices"
  | "dropped";
type SeatViewParts = Pick<RunningSeat, Given> & {
  readonly claim: ClaimReply;
  readonly engine: EngineSnapshot;
  readonly host: SiteHost | null;
  readonly picture: LabPicture | null;
};

const noPage: SharedPageView = { ready: false, text: "", lwwText: "", cursors: [] };

/** What a seat's page is drawn from, put together from its parts. */
export function seatViewOf({ claim, host, picture, ...parts }: SeatViewParts): RunningSeat {
  const { code, title, pod, site, city, seatId } = claim;
  const { frozen = false, locked = false } = picture ?? {};
  return {
    ...parts,
    lab: { code, title, frozen, locked },
    pod,
    site,
    city,
    seatId,
    links: host?.links() ?? [],
    podPicture: picture?.pods.find(({ id }) => id === pod) ?? null,
    page: host?.page.view() ?? noPage,
  };
}

type Standing = Pick<RunningSeat, "state" | "server"> & {
  readonly frozen: boolean;
  readonly engine: string | null;
};

/**
 * One sentence: why a write here would not be acknowledged now, nearest cause first; null when it
 * would be. While the server is away the engine may still write until its lease runs out.
 */
export function cannotWriteBecause({ state, frozen, server, engine }: Standing): string | null {
  if (state === "crashed") return "This site is down.";
  if (frozen) return errorCodes.FROZEN;
  if (state === "paused") return "This site is paused: it handles nothing until it is resumed.";
  if (engine !== null && server === "away") return `${engine} The lab server is away.`;
  return engine;
}
