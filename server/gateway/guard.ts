import type { Socket } from "socket.io";
import type { z } from "zod";
import type { Metrics } from "../metrics";
import type { Plane } from "../pod/connections";
import { createTokenBucket } from "../token-bucket";

/** Why a message was dropped; the names are those of the counter's `error` label. */
export type DropName =
  | "UNKNOWN_EVENT"
  | "MALFORMED"
  | "RATE"
  | "OVERSIZE"
  | "NOT_ALLOWED"
  | "WRONG_PEER"
  | "LINK_PULLED"
  | "RELAY_CUT"
  | "RELAY_BACKLOG"
  | "TRACE_SITE"
  | "TRACE_TIME";

export type Drop = (error: DropName) => void;

/** The door of one socket: everything a page sends comes through it, validated, or does not come in. */
export type Guard = {
  /** Hears an event. `answer` is the page's acknowledgement, or nothing where it asked for none. */
  readonly on: <Schema extends z.ZodType>(
    event: string,
    schema: Schema,
    handle: (payload: z.infer<Schema>, answer: (...reply: unknown[]) => void) => void | Promise<void>,
  ) => void;
  readonly drop: Drop;
};

/**
 * Puts a guard on a socket. Messages faster than `perSec` (after a burst), unknown ones and
 * malformed ones are counted by name and dropped; a handler that fails is logged, never fatal.
 * `schema` is for the tuple of the event's arguments without the acknowledgement.
 */
export function guardSocket(
  socket: Pick<Socket, "use" | "on">,
  options: {
    readonly plane: Plane;
    readonly perSec: number;
    readonly burst: number;
    readonly metrics: Metrics;
    readonly onError: (error: unknown) => void;
  },
): Guard {
  const { plane, metrics } = options;
  const bucket = createTokenBucket({ ...options, now: () => performance.now() });
  const known = new Set<string>();
  const drop: Drop = (error) => metrics.count("faultline_messages_dropped_total", { plane, error });

  socket.use(([event], next) => {
    if (!known.has(String(event))) return drop("UNKNOWN_EVENT");
    if (!bucket.take()) return drop("RATE");
    next();
  });

  return {
    drop,
    on(event, schema, handle) {
      known.add(event);
      socket.on(event, (...args: unknown[]) => {
        const last = args.at(-1);
        const answer = typeof last === "function" ? (last as (...reply: unknown[]) => void) : () => {};
        const parsed = schema.safeParse(typeof last === "function" ? args.slice(0, -1) : args);
        if (!parsed.success) return drop("MALFORMED");
        // A handler may be synchronous or not; either way its failure ends here.
        Promise.resolve()
          .then(() => handle(parsed.data, answer))
          .catch(options.onError);
      });
    },
  };
}
