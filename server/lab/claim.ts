import { err, ok, type Result } from "../../lib/kernel/result";
import type { PodId, SiteId } from "../../lib/protocol/ids";
import type { ApiError, ClaimRequest } from "../../lib/protocol/lab/wire";
import { limits } from "../../lib/protocol/limits";
import { apiError } from "../api-error";
import { matchesHash } from "../secrets";
import { type LabState, type SeatState, seatAt } from "./state";

/** Where a newcomer goes: a free site, in a pod that may have to be opened first. */
export type Place = { readonly pod: PodId; readonly site: SiteId; readonly isNewPod: boolean };

/** The seat that a claim proves to hold, if it still exists. */
export function provenSeat(lab: LabState, { seatId, secret }: ClaimRequest): SeatState | null {
  const seat = lab.seats.find((known) => known.seatId === seatId) ?? null;
  return seat !== null && secret !== undefined && matchesHash(secret, seat.secretHash) ? seat : null;
}

/**
 * The place of a newcomer. Wishes are granted where they can be; else the next free site in the
 * order of pods and sites; when all are taken, a further pod opens.
 */
export function placeFor(lab: LabState, wish: Pick<ClaimRequest, "pod" | "site">): Result<Place, ApiError> {
  if (lab.locked) return err(apiError("LAB_LOCKED"));
  const pods = [...lab.pods].sort((a, b) => Number(b.id === wish.pod) - Number(a.id === wish.pod));
  const free = pods.flatMap(({ id, sites }) =>
    sites
      .filter((site) => seatAt(lab, id, site) === null)
      .map((site) => ({ pod: id, site, isNewPod: false })),
  );
  const sameId = (site: SiteId) => site === wish.site;
  const wished = free.find(
    (place) => sameId(place.site) && (wish.pod === undefined || place.pod === wish.pod),
  );
  const next = wished ?? free[0];
  if (next !== undefined) return ok(next);
  if (lab.pods.length >= limits.podsPerLab) return err(apiError("LAB_FULL"));
  const site = lab.sites.find(sameId) ?? lab.sites[0];
  if (site === undefined) return err(apiError("LAB_FULL"));
  return ok({ pod: `pod-${lab.pods.length + 1}` as PodId, site, isNewPod: true });
}
