import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { TraceBody } from "../../lib/protocol/trace";
import {
  type Connections,
  closeSeat,
  type Plane,
  type PlaneSocket,
  type SeatConnection,
} from "./connections";
import type { CoordinatorHost } from "./coordinator-host";
import type { Edge } from "./edge";
import { pushFaults } from "./fault-push";

/** Who is there: what follows when a tab's sockets come and go. */
export type Attendance = {
  /** A socket proved to be this incarnation of this seat. */
  readonly attach: <P extends Plane>(
    plane: P,
    seat: Omit<SeatConnection, "sockets">,
    socket: PlaneSocket<P>,
  ) => void;
  readonly detach: (plane: Plane, site: SiteId, socketId: string, reason: string) => void;
  /** The tab starts its site once more: only its control socket goes on. */
  readonly reincarnate: (site: SiteId, incarnation: number) => void;
  /** Puts out whoever holds the site, and says so to that tab. */
  readonly expel: (site: SiteId) => void;
  /** Stops noticing: the server is going down, which is no accident of any seat. */
  readonly close: () => void;
};

export type AttendanceOptions = {
  readonly connections: Connections;
  readonly coordinator: CoordinatorHost;
  readonly edge: Edge;
  readonly faults: () => FaultState;
  readonly record: (body: TraceBody) => void;
  /** The tab is gone, so what it reported no longer holds. */
  readonly onGone: (site: SiteId) => void;
  readonly onChange: () => void;
};

/** A seat is present, for its peers to link with, while both its page and its runtime are connected. */
function isPresent({ sockets }: SeatConnection): boolean {
  return sockets.control !== undefined && sockets.coordination !== undefined;
}

/** Creates the attendance of one pod. */
export function createAttendance(options: AttendanceOptions): Attendance {
  const { connections, coordinator, edge, record } = options;
  const left = new Set<SiteId>();
  let told = "";
  let closed = false;

  /** Tells every tab whom to link with, where that has changed. */
  function tellPeers(to: SeatConnection | null = null): void {
    const present = connections.all().filter(isPresent);
    const peers = present.map(({ site, incarnation }) => ({ site, incarnation }));
    const text = JSON.stringify(peers);
    const listeners = text === told ? (to === null ? [] : [to]) : connections.all();
    told = text;
    for (const { site, sockets } of listeners) {
      sockets.control?.emit(
        "peers",
        peers.filter((peer) => peer.site !== site),
      );
    }
    options.onChange();
  }

  function dismiss(seat: SeatConnection, why: "kicked" | "superseded" | null): void {
    if (seat.sockets.coordination !== undefined) coordinator.setConnection(seat.site, null);
    if (seat.sockets.edge !== undefined) edge.disconnected(seat.site);
    closeSeat(seat, why);
  }

  return {
    attach(plane, seat, socket) {
      const { site, incarnation } = seat;
      const older = connections.attach(plane, seat, socket);
      if (older !== null) dismiss(older, "superseded");
      if (plane === "coordination") coordinator.setConnection(site, incarnation);
      if (plane === "control" && left.delete(site)) {
        record({ kind: "fault", verb: "restart", fields: { site }, cause: "accident" });
      }
      const tab = plane === "control" ? connections.at(site) : null;
      if (tab !== null) void pushFaults([tab], options.faults());
      tellPeers(tab);
    },
    detach(plane, site, socketId, reason) {
      if (closed || !connections.detach(plane, site, socketId)) return;
      if (plane === "coordination") coordinator.setConnection(site, null);
      if (plane === "edge") edge.disconnected(site);
      if (plane === "control") {
        left.add(site);
        options.onGone(site);
        record({ kind: "fault", verb: "crash", fields: { site, reason }, cause: "accident" });
      }
      tellPeers();
    },
    reincarnate(site, incarnation) {
      const older = connections.reincarnate(site, incarnation);
      if (older !== null) dismiss(older, null);
      tellPeers();
    },
    expel(site) {
      const seat = connections.drop(site);
      left.delete(site);
      if (seat === null) return;
      dismiss(seat, "kicked");
      options.onGone(site);
      tellPeers();
    },
    close() {
      closed = true;
    },
  };
}
