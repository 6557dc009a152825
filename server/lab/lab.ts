import { ok, type Result } from "../../lib/kernel/result";
import type { LabCode, PodId, SeatId, SiteId } from "../../lib/protocol/ids";
import type { LabPicture } from "../../lib/protocol/lab/picture";
import type { ApiError, ClaimReply, ClaimRequest } from "../../lib/protocol/lab/wire";
import { cityOf } from "../catalogue";
import type { ServerClock } from "../clock";
import { type ControlPlane, operatorsRoom } from "../gateway/rooms";
import type { Metrics } from "../metrics";
import { closeSeat } from "../pod/connections";
import { createPod, type Pod } from "../pod/pod";
import { hashSecret, newSeatId, newSecret } from "../secrets";
import type { LabStore, TraceSummary } from "../store/lab-store";
import { createBroadcast } from "./broadcast";
import { type Place, placeFor, provenSeat } from "./claim";
import type { LabLog } from "./lab-log";
import { type LabState, podOf, type SeatState, seatAt } from "./state";

/** A seat as its tab learns of it, the servers for building connections left to the caller. */
export type Claimed = Omit<ClaimReply, "iceServers">;

/** One class: its pods at work, and its seats. */
export type Lab = {
  readonly code: LabCode;
  readonly log: LabLog;
  readonly state: () => LabState;
  readonly pods: () => readonly Pod[];
  readonly pod: (id: PodId) => Pod | null;
  /** Takes a free site, or resumes a seat; resolves once the new incarnation is durable. */
  readonly claim: (request: ClaimRequest) => Promise<Result<Claimed, ApiError>>;
  /** Numbers a further start of the seat's site by the same tab; its other planes must connect anew. */
  readonly incarnate: (seatId: SeatId) => Promise<number | null>;
  /** Takes the seat from whoever holds it: the site is free again, and what it held is gone. */
  readonly kick: (pod: Pod, site: SiteId) => Promise<void>;
  readonly picture: () => LabPicture;
  /** Sends every page a picture now. */
  readonly show: () => void;
  /** Stops everything; `ended` tells the pages that the lab is over for good. */
  readonly close: (ended: boolean) => Promise<void>;
};

export type LabOptions = {
  readonly log: LabLog;
  readonly store: LabStore;
  readonly clock: ServerClock;
  readonly control: ControlPlane;
  readonly onError: (error: unknown) => void;
  readonly metrics: Metrics;
};

/** How long a tab that is connected has to say that it still runs its seat, in ms. */
const probeMs = 500;
const nothingTraced: TraceSummary = { events: 0, lastE: {} };

/** Brings a lab to work from its log. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const { log, store, clock, control } = options;
  const state = log.state;
  const { code } = state();
  const pods = new Map<PodId, Pod>();
  const allPods = () => [...pods.values()];
  const broadcast = createBroadcast({ lab: code, control, pods: allPods, picture });

  function startPod(id: PodId, summary: TraceSummary): void {
    pods.set(id, createPod({ ...options, id, summary, onChange: () => broadcast.changed() }));
  }

  function openPod(id: PodId): Promise<void> {
    const sites = [...state().sites];
    const durable = log.commit({ type: "pod-opened", pod: id, sites, atMs: clock.wall() });
    startPod(id, nothingTraced);
    return durable;
  }

  function picture(): LabPicture {
    const { title, phase, locked, frozen, expiresAtMs } = state();
    const expiresAt = new Date(expiresAtMs).toISOString();
    return { code, title, phase, locked, frozen, expiresAt, pods: allPods().map((pod) => pod.picture()) };
  }

  /** True when the tab connected for this seat answers: it lives, and keeps the seat. */
  async function isHeld(seat: SeatState): Promise<boolean> {
    const socket = pods.get(seat.pod)?.connections.at(seat.site)?.sockets.control;
    if (socket === undefined) return false;
    const gone = new Promise<boolean>((resolve) => socket.once("disconnect", () => resolve(false)));
    const answer = socket.timeout(probeMs).emitWithAck("probe");
    const alive = answer.then(
      () => true,
      () => false,
    );
    return Promise.race([gone, alive]);
  }

  async function claim(request: ClaimRequest): Promise<Result<Claimed, ApiError>> {
    const seat = provenSeat(state(), request);
    if (seat !== null && request.secret !== undefined && !(await isHeld(seat))) {
      const incarnation = await begin(seat.seatId);
      if (incarnation !== null) return ok(replyOf(seat, request.secret, incarnation, true));
    }
    const place = placeFor(state(), request);
    return place.ok ? ok(await take(place.value)) : place;
  }

  async function take({ pod, site, isNewPod }: Place): Promise<Claimed> {
    if (isNewPod) void openPod(pod).catch(options.onError);
    const seatId = newSeatId();
    const secret = newSecret();
    const claimed = log.commit({ type: "seat-claimed", pod, site, seatId, secretHash: hashSecret(secret) });
    const [incarnation] = await Promise.all([begin(seatId), claimed]);
    return replyOf({ seatId, pod, site }, secret, incarnation ?? 1, false);
  }

  /** Gives the seat its next number; null when the seat is gone (kicked while its tab was asked). */
  async function begin(seatId: SeatId): Promise<number | null> {
    const seat = state().seats.find((known) => known.seatId === seatId);
    if (seat === undefined) return null;
    const incarnation = seat.incarnation + 1;
    await log.commit({ type: "incarnated", seatId, incarnation });
    broadcast.changed();
    return incarnation;
  }

  function replyOf(
    seat: Pick<SeatState, "seatId" | "pod" | "site">,
    secret: string,
    incarnation: number,
    resumed: boolean,
  ): Claimed {
    const index = podOf(state(), seat.pod).sites.indexOf(seat.site);
    const { seatId, pod, site } = seat;
    const { title } = state();
    return { seatId, secret, resumed, code, title, pod, site, city: cityOf(site).city, index, incarnation };
  }

  async function kick(pod: Pod, site: SiteId): Promise<void> {
    const seat = seatAt(state(), pod.id, site);
    if (seat === null) return;
    const durable = log.commit({ type: "seat-freed", seatId: seat.seatId });
    pod.attendance.expel(site);
    await pod.coordinator.forget(site);
    broadcast.changed();
    await durable;
  }

  const summaries = state().pods.map(async ({ id }) => [id, await store.traceSummary(code, id)] as const);
  for (const [id, summary] of await Promise.all(summaries)) startPod(id, summary);
  if (pods.size === 0) await openPod("pod-1" as PodId);

  return {
    code,
    log,
    state,
    pods: allPods,
    pod: (id) => pods.get(id) ?? null,
    claim,
    async incarnate(seatId) {
      const incarnation = await begin(seatId);
      const seat = state().seats.find((known) => known.seatId === seatId);
      if (seat === undefined || incarnation === null) return null;
      pods.get(seat.pod)?.attendance.reincarnate(seat.site, incarnation);
      return incarnation;
    },
    kick,
    picture,
    show: broadcast.now,
    async close(ended) {
      broadcast.close();
      if (ended) control.to(operatorsRoom(code)).emit("over", "lab-ended");
      for (const pod of allPods()) {
        for (const seat of pod.connections.all()) if (ended) closeSeat(seat, "lab-ended");
      }
      if (ended) control.in(operatorsRoom(code)).disconnectSockets();
      await Promise.all(allPods().map((pod) => pod.close()));
    },
  };
}
