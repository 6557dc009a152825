import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createProbe } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { Server as SocketServer } from "socket.io";
import { startStun } from "../../server/stun";

/**
 * Serves the benchmark's own pages (`pages/*.ts`, bundled), signalling for the mesh page, and, in a
 * process of its own, y-webrtc's stock signalling server.
 */
export type BenchPages = {
  /** Where a page of this name is, told of the STUN responder as the product's pages are. */
  readonly url: (name: string) => string;
  readonly stockSignalling: string;
  readonly close: () => Promise<void>;
};

async function freePort(): Promise<number> {
  const probe = createProbe().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

async function bundle(name: string): Promise<string> {
  const built = await build({
    entryPoints: [join("tests/bench/pages", `${name}.ts`)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
  });
  return built.outputFiles[0]?.text ?? "";
}

/** Signals go to the one tab they are for, as on the product's server. */
function serveSignalling(server: Server): SocketServer {
  const io = new SocketServer(server, { path: "/rt", transports: ["websocket"], serveClient: false });
  io.on("connection", (socket) => {
    const name = String(socket.handshake.auth.site);
    void socket.join(name);
    socket.on("signal", (to: string, signal: unknown) => io.to(to).emit("signal", name, signal));
  });
  return io;
}

async function startStockSignalling(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["node_modules/y-webrtc/bin/server.js"], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  for (;;) {
    const up = await fetch(`http://localhost:${port}`).then(
      () => true,
      () => false,
    );
    if (up) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function serveBenchPages(names: readonly string[]): Promise<BenchPages> {
  const scripts = new Map<string, string>();
  for (const name of names) scripts.set(name, await bundle(name));
  const server = createServer((request, response) => {
    const [, name = "", file = ""] = (request.url ?? "/").split(/[/?]/);
    if (file === "script.js") {
      response.setHeader("content-type", "text/javascript").end(scripts.get(name) ?? "");
      return;
    }
    const page = `<!doctype html><title>${name}</title><script src="/${name}/script.js"></script>`;
    response.setHeader("content-type", "text/html").end(page);
  });
  const io = serveSignalling(server);
  server.listen(0);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  const stockPort = await freePort();
  const stock = await startStockSignalling(stockPort);
  const stun = await startStun({ port: address.port, host: "127.0.0.1" });
  const query = `stun=${encodeURIComponent(`stun:127.0.0.1:${address.port}`)}`;
  return {
    url: (name) => `http://localhost:${address.port}/${name}?${query}`,
    stockSignalling: `ws://localhost:${stockPort}`,
    async close() {
      stock.kill();
      await stun.close();
      await io.close();
    },
  };
}
