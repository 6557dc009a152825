import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createProbe } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { startStun } from "../../server/stun";

/**
 * Serves the benchmark's own pages (`pages/*.ts`, bundled), and starts, each in a process of its own,
 * signalling for the mesh page and y-webrtc's stock signalling server.
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

/** A signalling server in a process of its own; resolves when it answers. */
async function startSignalling(port: number, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended with ${child.exitCode}`);
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
  server.listen(0);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  const stockPort = await freePort();
  const stock = await startSignalling(stockPort, ["node_modules/y-webrtc/bin/server.js"]);
  const ownPort = await freePort();
  const own = await startSignalling(ownPort, ["--import", "tsx", "tests/bench/signalling.ts"]);
  const stun = await startStun({ port: address.port, host: "127.0.0.1" });
  const query = new URLSearchParams({
    stun: `stun:127.0.0.1:${address.port}`,
    signalling: `http://localhost:${ownPort}`,
  });
  return {
    url: (name) => `http://localhost:${address.port}/${name}?${query}`,
    stockSignalling: `ws://localhost:${stockPort}`,
    async close() {
      stock.kill();
      own.kill();
      await stun.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
