import { createServer } from "node:http";
import { Server } from "socket.io";

/**
 * Signalling for the mesh page, as a process of its own like y-webrtc's: a signal goes to the one tab it is
 * for, as on the product's server. Run it with the port in `PORT`.
 */
const server = createServer((_, response) => response.end());
const io = new Server(server, { path: "/rt", transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  const name = String(socket.handshake.auth.site);
  void socket.join(name);
  socket.on("signal", (to: string, signal: unknown) => io.to(to).emit("signal", name, signal));
});
server.listen(Number(process.env.PORT));
