import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { socketPath } from "@/lib/protocol/lab/wire";

export type RelayServer = {
  readonly url: string;
  readonly close: () => Promise<void>;
  /** Whether newcomers are turned away from now on. */
  readonly refuse: (refused: boolean) => void;
  readonly refusals: () => number;
  readonly putAllOut: () => void;
};

/** A bare relay: passes frames to the newest socket of a site and incarnation, as the lab's server does. */
export async function startRelayServer(): Promise<RelayServer> {
  const http = createServer();
  const io = new Server(http, { path: socketPath, maxHttpBufferSize: 100_000 });
  const room = (site: unknown, incarnation: unknown) => `${String(site)}/${String(incarnation)}`;
  let refused = false;
  let refusals = 0;
  io.of("/relay").use((_socket, next) => {
    if (!refused) return next();
    refusals += 1;
    next(new Error("refused"));
  });
  io.of("/relay").on("connection", (socket) => {
    const { seatId: site, incarnation } = socket.handshake.auth;
    void socket.join(room(site, incarnation));
    socket.on("frame", (to: unknown, toIncarnation: unknown, frame: unknown) => {
      io.of("/relay").to(room(to, toIncarnation)).emit("frame", site, incarnation, frame);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => io.close(),
    refuse(now) {
      refused = now;
    },
    refusals: () => refusals,
    putAllOut: () => io.of("/relay").disconnectSockets(),
  };
}
