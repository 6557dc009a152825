import type { Server, Socket } from "socket.io";
import { err, ok, type Result } from "../../lib/kernel/result";
import { type ApiError, planes } from "../../lib/protocol/lab/wire";
import { apiError } from "../api-error";
import type { Labs } from "../lab/labs";
import type { Metrics } from "../metrics";
import type { Plane, PlaneSocket } from "../pod/connections";
import type { RateLimits } from "../rate-limits";
import { authenticate, type Binding } from "./auth";
import { type ControlSocket, serveControl } from "./control";
import { type Guard, guardSocket } from "./guard";
import { type SeatOnPlane, serveCoordination, serveEdge, serveRelay } from "./seat-planes";

export type GatewayOptions = {
  readonly labs: Labs;
  readonly rateLimits: RateLimits;
  readonly metrics: Metrics;
  readonly wallMs: () => number;
  readonly onError: (error: unknown) => void;
};

/** Messages a second that a page can need on each plane, and the burst it may start with. */
const paces: Readonly<Record<Plane, { readonly perSec: number; readonly burst: number }>> = {
  control: { perSec: 60, burst: 400 },
  coordination: { perSec: 30, burst: 60 },
  edge: { perSec: 1, burst: 10 },
  relay: { perSec: 3000, burst: 6000 },
};

/** Opens the four planes: who connects is proved first, then served; nothing it sends is believed unseen. */
export function servePlanes(io: Server, options: GatewayOptions): void {
  const { labs, metrics, wallMs } = options;
  openPlane(io, "control", options, (socket, binding, guard) =>
    serveControl(socket as ControlSocket, binding, guard, wallMs),
  );
  const forSeat = (plane: Plane, serve: (socket: Socket, seat: SeatOnPlane) => void) =>
    openPlane(io, plane, options, (socket, binding, guard) => {
      const pod = binding.as === "seat" ? binding.lab.pod(binding.seat.pod) : null;
      if (binding.as !== "seat" || pod === null) return void socket.disconnect();
      serve(socket, { lab: binding.lab, pod, seat: binding.seat, guard });
    });
  forSeat("coordination", (socket, seat) => serveCoordination(socket as PlaneSocket<"coordination">, seat));
  forSeat("edge", (socket, seat) => serveEdge(socket as PlaneSocket<"edge">, seat));
  forSeat("relay", (socket, seat) => serveRelay(socket as PlaneSocket<"relay">, seat, metrics));
  metrics.gauge("faultline_labs", () => labs.all().length);
  metrics.gauge("faultline_seats_connected", () =>
    labs
      .all()
      .reduce((sum, lab) => sum + lab.pods().reduce((n, pod) => n + pod.connections.all().length, 0), 0),
  );
}

type Serve = (socket: Socket, binding: Binding, guard: Guard) => void;

function openPlane(io: Server, plane: Plane, options: GatewayOptions, serve: Serve): void {
  const namespace = io.of(planes[plane]);
  namespace.use((socket, next) => {
    admit(socket, plane, options).then(
      (admitted) => (admitted.ok ? next() : next(asConnectError(admitted.error))),
      () => next(asConnectError(apiError("UNAVAILABLE"))),
    );
  });
  namespace.on("connection", (socket) => {
    // Checked again: since the proof the seat may have been given to a newer incarnation.
    const binding = authenticate(options.labs, socket.handshake.auth);
    if (!binding.ok) return void socket.disconnect();
    serve(socket, binding.value, guardSocket(socket, { ...options, ...paces[plane], plane }));
  });
}

async function admit(
  socket: Socket,
  plane: Plane,
  { labs, rateLimits }: GatewayOptions,
): Promise<Result<null, ApiError>> {
  const { address, auth } = socket.handshake;
  if (!(await rateLimits.mayGuess(address))) return err(apiError("TOO_MANY_REQUESTS"));
  const binding = authenticate(labs, auth);
  if (!binding.ok) {
    const { isGuess, ...error } = binding.error;
    if (isGuess) await rateLimits.wrong(address);
    return err(error);
  }
  return plane === "control" || binding.value.as === "seat" ? ok(null) : err(apiError("FORBIDDEN"));
}

/** The page reads `data` of the connection error: the same shape as every error of the HTTP API. */
function asConnectError(error: ApiError): Error {
  return Object.assign(new Error(error.code), { data: error });
}
