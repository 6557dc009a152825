import type { Namespace } from "socket.io";
import type { LabCode, PodId } from "../../lib/protocol/ids";
import type { LabServerEvents } from "../../lib/protocol/lab/wire";

/** The control plane as the lab uses it: events go out by room, encoded once for everybody in it. */
export type ControlPlane = Namespace<Record<string, (...args: unknown[]) => void>, LabServerEvents>;

/** Consoles and screens of a lab. */
export function operatorsRoom(lab: LabCode): string {
  return `${lab}:operators`;
}

/** The seats of one pod. */
export function podRoom(lab: LabCode, pod: PodId): string {
  return `${lab}:${pod}`;
}
