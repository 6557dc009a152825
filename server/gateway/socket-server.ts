import type { Server as HttpServer } from "node:http";
import { Server } from "socket.io";
import { socketPath } from "../../lib/protocol/lab/wire";
import type { HostPolicy } from "../http/hosts";
import type { Metrics } from "../metrics";
import { limitedParser } from "./frame-limit";

/** Socket.IO on the web server's own port. `isOpen` says whether anybody may connect yet. */
export function createSocketServer(
  http: HttpServer,
  { hosts, metrics, isOpen }: { hosts: HostPolicy; metrics: Metrics; isOpen: () => boolean },
): Server {
  return new Server(http, {
    path: socketPath,
    transports: ["websocket", "polling"],
    serveClient: false,
    // Next answers upgrades of its own (hot reload); the default would end them after a second.
    destroyUpgrade: false,
    pingInterval: 3000,
    pingTimeout: 4000,
    maxHttpBufferSize: 1_000_000,
    perMessageDeflate: false,
    parser: limitedParser(() =>
      metrics.count("faultline_messages_dropped_total", { plane: "any", error: "OVERSIZE" }),
    ),
    allowRequest: ({ headers }, answer) =>
      answer(null, isOpen() && hosts.isOurs(headers.host) && hosts.isOwnPage(headers.origin, headers.host)),
  });
}
