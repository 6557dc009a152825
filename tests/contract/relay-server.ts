import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { socketPath } from "@/lib/protocol/lab/wire";

/** A bare relay: passes frames to the newest socket of a site and incarnation, as the lab's server does. */
export async function startRelayServer(): Promise<{ url: string; close: () => Promise<void> }> {
  const http = createServer();
  const io = new Server(http, { path: socketPath, maxHttpBufferSize: 100_000 });
  const room = (site: unknown, incarnation: unknown) => `${String(site)}/${String(incarnation)}`;
  io.of("/relay").on("connection", (socket) => {
    const { seatId: site, incarnation } = socket.handshake.auth;
    void socket.join(room(site, incarnation));
    socket.on("frame", (to: unknown, toIncarnation: unknown, frame: unknown) => {
      io.of("/relay").to(room(to, toIncarnation)).emit("frame", site, incarnation, frame);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => io.close() };
}
