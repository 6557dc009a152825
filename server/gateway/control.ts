import type { Socket } from "socket.io";
import { z } from "zod";
import type { LabServerEvents } from "../../lib/protocol/lab/wire";
import { seatReportSchema, signalToSchema, traceBatchSchema } from "../../lib/protocol/lab/wire";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import { runCommand } from "../lab/commands";
import type { Lab } from "../lab/lab";
import { podOf, type SeatState } from "../lab/state";
import type { Pod } from "../pod/pod";
import type { Binding } from "./auth";
import type { Guard } from "./guard";
import { operatorsRoom, podRoom } from "./rooms";

export type ControlSocket = Socket<Record<string, (...args: unknown[]) => void>, LabServerEvents>;

const nothing = z.tuple([]);
/** A trace event may not claim to be further than this outside of the pod's time: clocks are estimated. */
const clockErrorMs = 10_000;

/** Serves one page on the control plane, according to who it has proved to be. */
export function serveControl(
  socket: ControlSocket,
  binding: Binding,
  guard: Guard,
  wallMs: () => number,
): void {
  const { lab } = binding;
  const pod = binding.as === "seat" ? lab.pod(binding.seat.pod) : null;
  const clockOf = pod ?? lab.pods()[0];
  guard.on("clock", nothing, (_, answer) => answer(clockOf?.trace.nowMs() ?? 0, wallMs()));
  guard.on("command", z.tuple([z.unknown()]), async ([body], answer) => {
    // Only the console's key commands; from a seat or a screen the verb never reaches anything.
    if (binding.as === "console") answer(await runCommand(lab, body));
    else guard.drop("NOT_ALLOWED");
  });
  if (binding.as === "seat" && pod !== null) serveSeat(socket, lab, pod, binding.seat, guard);
  else serveOperator(socket, lab);
}

function serveOperator(socket: ControlSocket, lab: Lab): void {
  void socket.join(operatorsRoom(lab.code));
  socket.emit("picture", lab.picture());
  for (const pod of lab.pods()) socket.emit("timeline", { pod: pod.id, events: pod.timeline.recent() });
}

function serveSeat(socket: ControlSocket, lab: Lab, pod: Pod, seat: SeatState, guard: Guard): void {
  const { seatId, site } = seat;
  void socket.join(podRoom(lab.code, pod.id));
  pod.attendance.attach("control", seat, socket);
  socket.on("disconnect", (reason) => pod.attendance.detach("control", site, socket.id, reason));
  const picture = lab.picture();
  socket.emit("picture", { ...picture, pods: picture.pods.filter(({ id }) => id === pod.id) });
  socket.emit("timeline", { pod: pod.id, events: pod.timeline.recent() });

  guard.on("report", z.tuple([seatReportSchema]), ([report]) => pod.setReport(site, report));
  guard.on("signal", z.tuple([signalToSchema]), ([{ to, toIncarnation, signal }]) => {
    const from = pod.connections.at(site);
    const peer = pod.connections.at(to);
    if (from === null || peer?.incarnation !== toIncarnation || to === site) return guard.drop("WRONG_PEER");
    const { faults } = podOf(lab.state(), pod.id);
    if (linkCondition(faults, site, to).pulled || linkCondition(faults, to, site).pulled) {
      return guard.drop("LINK_PULLED");
    }
    peer.sockets.control?.emit("signal", { from: site, fromIncarnation: from.incarnation, signal });
  });
  guard.on("trace", z.tuple([traceBatchSchema]), async ([events], stored) => {
    const latest = pod.trace.nowMs() + clockErrorMs;
    if (events.some((event) => event.site !== site)) return guard.drop("TRACE_SITE");
    if (events.some(({ atMs }) => atMs < -clockErrorMs || atMs > latest)) return guard.drop("TRACE_TIME");
    stored(await pod.trace.accept(site, events));
  });
  guard.on("disk-lost", nothing, async (_, heard) => {
    if (pod.connections.at(site)?.sockets.control?.id !== socket.id) return guard.drop("NOT_ALLOWED");
    await pod.coordinator.forget(site);
    heard();
  });
  guard.on("rejoin", nothing, async (_, answer) => {
    if (pod.connections.at(site)?.sockets.control?.id !== socket.id) return guard.drop("NOT_ALLOWED");
    pod.trace.record("coordinator", { kind: "fault", verb: "rejoin", fields: { site }, cause: "planned" });
    answer({ refused: await pod.coordinator.rejoin(site) });
  });
  guard.on("incarnate", nothing, async (_, answer) => {
    if (pod.connections.at(site)?.sockets.control?.id !== socket.id) return guard.drop("NOT_ALLOWED");
    const incarnation = await lab.incarnate(seatId);
    if (incarnation !== null) answer(incarnation);
  });
}
