import { z } from "zod";
import { siteToCoordinatorSchema } from "../../lib/protocol/coordination/message";
import { siteIdSchema } from "../../lib/protocol/ids";
import { limits } from "../../lib/protocol/limits";
import type { Lab } from "../lab/lab";
import type { SeatState } from "../lab/state";
import type { Metrics } from "../metrics";
import type { PlaneSocket } from "../pod/connections";
import type { Pod } from "../pod/pod";
import type { Guard } from "./guard";

/** A seat on one of the planes that carry the lesson itself. */
export type SeatOnPlane = {
  readonly lab: Lab;
  readonly pod: Pod;
  readonly seat: SeatState;
  readonly guard: Guard;
};

/** Heartbeats and farewells in, views and leases out; cuts and delays happen in the coordinator's host. */
export function serveCoordination(
  socket: PlaneSocket<"coordination">,
  { pod, seat, guard }: SeatOnPlane,
): void {
  const { site, incarnation } = seat;
  pod.attendance.attach("coordination", seat, socket);
  socket.on("disconnect", (reason) => pod.attendance.detach("coordination", site, socket.id, String(reason)));
  guard.on("message", z.tuple([siteToCoordinatorSchema]), ([message]) => {
    if (message.incarnation !== incarnation) return guard.drop("WRONG_PEER");
    pod.coordinator.receive(site, message);
  });
}

/** The world's clients reach this site here; a page only ever answers. */
export function serveEdge(socket: PlaneSocket<"edge">, { pod, seat }: SeatOnPlane): void {
  pod.attendance.attach("edge", seat, socket);
  socket.on("disconnect", (reason) => pod.attendance.detach("edge", seat.site, socket.id, String(reason)));
}

const frame = z
  .instanceof(Uint8Array)
  .refine((bytes) => bytes.byteLength <= limits.frameBytesMax, "a frame is at most 64 KB");

/** Opaque frames to another seat of the same pod; who sent one is what this socket has proved. */
export function serveRelay(
  socket: PlaneSocket<"relay">,
  { pod, seat, guard }: SeatOnPlane,
  metrics: Metrics,
): void {
  const { site, incarnation } = seat;
  pod.attendance.attach("relay", seat, socket);
  socket.on("disconnect", (reason) => pod.attendance.detach("relay", site, socket.id, String(reason)));
  guard.on("frame", z.tuple([siteIdSchema, z.int(), frame]), ([to, toIncarnation, bytes]) => {
    const open = () => {
      const peer = pod.connections.at(to);
      return peer?.incarnation === toIncarnation ? (peer.sockets.relay ?? null) : null;
    };
    if (to === site || open() === null) return guard.drop("WRONG_PEER");
    const dropped = pod.relay.forward(site, to, bytes.byteLength, () => {
      metrics.count("faultline_relay_frames_total");
      // Socket.IO sends a Buffer as it is; the page receives an ArrayBuffer.
      open()?.emit("frame", site, incarnation, bytes as unknown as ArrayBuffer);
    });
    if (dropped !== null) guard.drop(dropped);
  });
}
