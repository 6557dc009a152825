import type { Socket } from "socket.io";
import type { SeatId, SiteId } from "../../lib/protocol/ids";
import type {
  CoordinationServerEvents,
  EdgeServerEvents,
  LabServerEvents,
  planes,
  RelayServerEvents,
} from "../../lib/protocol/lab/wire";

export type Plane = keyof typeof planes;

/** What arrives is unknown until it is validated; what leaves is typed. */
type Untyped = Record<string, (...args: unknown[]) => void>;
type PlaneSockets = {
  readonly control: Socket<Untyped, LabServerEvents>;
  readonly coordination: Socket<Untyped, CoordinationServerEvents>;
  readonly edge: Socket<Untyped, EdgeServerEvents>;
  readonly relay: Socket<Untyped, RelayServerEvents>;
};
export type PlaneSocket<P extends Plane> = PlaneSockets[P];

/** One incarnation of one seat, and the sockets its tab has open now. */
export type SeatConnection = {
  readonly seatId: SeatId;
  readonly site: SiteId;
  readonly incarnation: number;
  readonly sockets: { readonly [P in Plane]?: PlaneSockets[P] };
};

/** Which tabs of a pod are connected. A socket of an older incarnation is never part of it. */
export type Connections = {
  readonly at: (site: SiteId) => SeatConnection | null;
  readonly all: () => readonly SeatConnection[];
  /** Adds a socket; the first of a new incarnation replaces everything of the older one, which is returned. */
  readonly attach: <P extends Plane>(
    plane: P,
    seat: Omit<SeatConnection, "sockets">,
    socket: PlaneSockets[P],
  ) => SeatConnection | null;
  /** Removes exactly this socket; false when it had been replaced already (a late `disconnect`). */
  readonly detach: (plane: Plane, site: SiteId, socketId: string) => boolean;
  /** The same tab starts its site again: the control socket stays, the others are returned to be closed. */
  readonly reincarnate: (site: SiteId, incarnation: number) => SeatConnection | null;
  /** Forgets the seat at a site, returning what was connected. */
  readonly drop: (site: SiteId) => SeatConnection | null;
};

/** Nobody is connected yet. */
export function createConnections(): Connections {
  const seats = new Map<SiteId, SeatConnection>();

  function drop(site: SiteId): SeatConnection | null {
    const seat = seats.get(site) ?? null;
    seats.delete(site);
    return seat;
  }

  return {
    at: (site) => seats.get(site) ?? null,
    all: () => [...seats.values()],
    attach(plane, seat, socket) {
      const present = seats.get(seat.site);
      const same = present?.seatId === seat.seatId && present.incarnation === seat.incarnation;
      const older = same ? null : drop(seat.site);
      const sockets = { ...(same ? present.sockets : {}), [plane]: socket };
      seats.set(seat.site, { ...seat, sockets });
      return older;
    },
    detach(plane, site, socketId) {
      const seat = seats.get(site);
      if (seat === undefined || seat.sockets[plane]?.id !== socketId) return false;
      const { [plane]: _gone, ...sockets } = seat.sockets;
      if (Object.keys(sockets).length === 0) seats.delete(site);
      else seats.set(site, { ...seat, sockets });
      return true;
    },
    reincarnate(site, incarnation) {
      const seat = seats.get(site);
      if (seat === undefined) return null;
      const { control, ...others } = seat.sockets;
      seats.set(site, { ...seat, incarnation, sockets: control === undefined ? {} : { control } });
      return { ...seat, sockets: others };
    },
    drop,
  };
}

/** Closes every socket of a tab, telling it first why where there is a reason. */
export function closeSeat(seat: SeatConnection, why: "kicked" | "superseded" | "lab-ended" | null): void {
  if (why !== null) seat.sockets.control?.emit("over", why);
  for (const socket of Object.values(seat.sockets)) socket?.disconnect();
}
