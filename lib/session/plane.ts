import { Manager, type Socket } from "socket.io-client";
import type * as z from "zod/mini";
import { type ApiError, planes, type SocketAuth, socketPath } from "../protocol/lab/wire";
import { apiErrorSchema, isPassing } from "./claim";

/** One connection (a Socket.IO Manager) to the server that the page came from. */
export function openManager(): Manager {
  return new Manager(window.location.origin, {
    path: socketPath,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    autoConnect: false,
    reconnectionDelay: 200,
    reconnectionDelayMax: 1_500,
    timeout: 5_000,
  });
}

/** A refusal that passes by itself is followed by another try after this. */
const refusedMs = 1_000;

/** Opens one plane on a connection; `auth` is asked at every (re)connect, since incarnations rise. */
export function openPlane<Heard extends EventsMap, Said extends EventsMap>(
  manager: Manager,
  plane: keyof typeof planes,
  auth: () => SocketAuth,
): Socket<Heard, Said> {
  const socket = manager.socket(planes[plane], { auth: (give: (proof: object) => void) => give(auth()) });
  // Socket.IO tries again after a lost connection, not after a refusal.
  socket.on("connect_error", (error) => {
    const refusal = refusalOf(error);
    if (refusal !== null && isPassing(refusal)) setTimeout(() => socket.connect(), refusedMs);
  });
  return socket as unknown as Socket<Heard, Said>;
}

type EventsMap = Readonly<Record<string, (...args: never[]) => void>>;

/** The server's reason for refusing a connection; null where it only could not be reached. */
export function refusalOf(error: Error & { readonly data?: unknown }): ApiError | null {
  const refusal = apiErrorSchema.safeParse(error.data);
  return refusal.success ? refusal.data : null;
}

/** Runs `use` with what arrived if it is what it should be, else counts it under `name`. */
export function checked<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  onBad: () => void,
  use: (good: T) => void,
): void {
  const parsed = schema.safeParse(value);
  if (parsed.success) use(parsed.data);
  else onBad();
}
