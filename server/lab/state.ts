import type { CoordinatorMemory } from "../../lib/coordinator/types";
import { assert, must, unreachable } from "../../lib/kernel/assert";
import type { Cluster } from "../../lib/protocol/cluster";
import { type FaultState, noFaults } from "../../lib/protocol/faults";
import type { LabCode, PodId, SeatId, SiteId } from "../../lib/protocol/ids";
import { reduceFaults } from "../../lib/scenario/fault-reducer";
import type { LabEvent, LabEventOf, Traffic } from "./events";

/** Who may run a site. */
export type SeatState = {
  readonly seatId: SeatId;
  readonly pod: PodId;
  readonly site: SiteId;
  readonly secretHash: string;
  /** Number of the site's latest start; 0 before the first. */
  readonly incarnation: number;
};

export type PodState = {
  readonly id: PodId;
  readonly sites: readonly SiteId[];
  /** Wall clock of the server when the pod opened; its clock counts from here. */
  readonly openedAtMs: number;
  readonly cluster: Cluster;
  readonly faults: FaultState;
  /** When pauses for a time end, per site, on the server's wall clock. */
  readonly resumesAtMs: Readonly<Record<string, number>>;
  readonly memory: CoordinatorMemory | null;
  readonly traffic: Traffic;
  /** Highest incarnation ever given at each site: a new seat there goes on counting. */
  readonly incarnations: Readonly<Record<string, number>>;
};

/** Everything durable about one lab. */
export type LabState = {
  readonly code: LabCode;
  readonly title: string;
  readonly cluster: Cluster;
  /** The sites of each of its pods. */
  readonly sites: readonly SiteId[];
  readonly keyHash: string;
  readonly replayTokenHash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly phase: string;
  readonly locked: boolean;
  readonly frozen: boolean;
  readonly pods: readonly PodState[];
  readonly seats: readonly SeatState[];
};

const noTraffic: Traffic = { ratePerSec: 0, mix: { put: 50, get: 50 }, keys: ["x", "y", "z"] };

/** The state that a lab's events add up to. The first must be `created`. */
export function foldLab(events: readonly LabEvent[]): LabState {
  const [first, ...rest] = events;
  assert(first?.type === "created", "a lab's log begins with its creation");
  return rest.reduce(reduceLab, createdLab(first));
}

/** A lab that has just been created: no pods, no seats. */
export function createdLab(event: LabEventOf<"created">): LabState {
  const { type: _, atMs, ...facts } = event;
  return { ...facts, createdAtMs: atMs, phase: "lobby", locked: false, frozen: false, pods: [], seats: [] };
}

/** The lab after one more event. Pure: the same events give the same lab after every restart. */
export function reduceLab(lab: LabState, event: LabEvent): LabState {
  switch (event.type) {
    case "created":
      return createdLab(event);
    case "pod-opened":
      return { ...lab, pods: [...lab.pods, openedPod(lab, event)] };
    case "seat-claimed": {
      const { type: _, ...seat } = event;
      const incarnation = podOf(lab, event.pod).incarnations[event.site] ?? 0;
      return { ...lab, seats: [...lab.seats, { ...seat, incarnation }] };
    }
    case "incarnated":
      return incarnated(lab, event);
    case "seat-freed":
      return { ...lab, seats: lab.seats.filter((seat) => seat.seatId !== event.seatId) };
    case "fault":
      return withPod(lab, event.pod, (pod) => ({
        ...pod,
        faults: reduceFaults(pod.faults, event.verb, pod.sites),
        resumesAtMs: resumesAfter(pod.resumesAtMs, event),
      }));
    case "faults-cleared":
      return withPod(lab, event.pod, (pod) => ({
        ...pod,
        faults: { ...noFaults, version: pod.faults.version + 1 },
        resumesAtMs: {},
      }));
    case "remembered":
      return withPod(lab, event.pod, (pod) => ({ ...pod, memory: event.memory }));
    case "traffic":
      return withPod(lab, event.pod, (pod) => ({ ...pod, traffic: event.traffic }));
    case "locked":
      return { ...lab, locked: event.locked };
    case "frozen":
      return { ...lab, frozen: event.frozen };
    case "phase":
      return { ...lab, phase: event.name };
    default:
      return unreachable(event);
  }
}

/** The pod of that id, which must exist. */
export function podOf(lab: LabState, id: PodId): PodState {
  return must(
    lab.pods.find((pod) => pod.id === id),
    `no ${id}`,
  );
}

/** The seat that holds a site, if any. */
export function seatAt(lab: LabState, pod: PodId, site: SiteId): SeatState | null {
  return lab.seats.find((seat) => seat.pod === pod && seat.site === site) ?? null;
}

/** Only the last pause of a site counts, and only until it is resumed. */
function resumesAfter(
  resumesAtMs: PodState["resumesAtMs"],
  { verb, resumeAtMs }: LabEventOf<"fault">,
): PodState["resumesAtMs"] {
  if (verb.do !== "pause" && verb.do !== "resume") return resumesAtMs;
  const { [verb.site]: _ended, ...others } = resumesAtMs;
  return resumeAtMs === null ? others : { ...others, [verb.site]: resumeAtMs };
}

function openedPod(lab: LabState, event: LabEventOf<"pod-opened">): PodState {
  return {
    id: event.pod,
    sites: event.sites,
    openedAtMs: event.atMs,
    cluster: lab.cluster,
    faults: noFaults,
    resumesAtMs: {},
    memory: null,
    traffic: noTraffic,
    incarnations: {},
  };
}

function incarnated(lab: LabState, event: LabEventOf<"incarnated">): LabState {
  const { seatId, incarnation } = event;
  const seat = must(
    lab.seats.find((known) => known.seatId === seatId),
    "no such seat",
  );
  const numbered = withPod(lab, seat.pod, (pod) => ({
    ...pod,
    incarnations: { ...pod.incarnations, [seat.site]: incarnation },
  }));
  const seats = lab.seats.map((known) => (known.seatId === seatId ? { ...known, incarnation } : known));
  return { ...numbered, seats };
}

function withPod(lab: LabState, id: PodId, change: (pod: PodState) => PodState): LabState {
  return { ...lab, pods: lab.pods.map((pod) => (pod.id === id ? change(pod) : pod)) };
}
