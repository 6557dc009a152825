import { io, type Socket } from "socket.io-client";
import type { LabPicture } from "../../lib/protocol/lab/picture";
import { type ClaimReply, planes, socketPath } from "../../lib/protocol/lab/wire";
import { type Config, readConfig } from "../../server/config";
import { type LabServer, startLabServer } from "../../server/lab-server";
import type { LabStore } from "../../server/store/lab-store";
import { createMemoryStore } from "./memory-store";

/** The real server on a free port, with placeholder pages: no build, everything else as in production. */
export type TestServer = LabServer & { readonly origin: string; readonly errors: unknown[] };

export async function startServer(
  options: { readonly store?: LabStore; readonly config?: Partial<Config> } = {},
): Promise<TestServer> {
  const defaults = readConfig({ PORT: "0", HOST: "127.0.0.1" });
  if (!defaults.ok) throw new Error(defaults.error);
  const errors: unknown[] = [];
  const server = await startLabServer({
    config: { ...defaults.value, ...options.config },
    store: options.store ?? createMemoryStore(),
    dev: false,
    version: "test",
    onError: (error) => void errors.push(error),
  });
  server.setPages(async (_, response) => void response.end("a page"));
  return { ...server, errors, origin: `http://127.0.0.1:${server.port}` };
}

export type Created = {
  readonly code: string;
  readonly key: string;
  readonly replayToken: string;
  readonly seatUrl: string;
  readonly consoleUrl: string;
  readonly screenUrl: string;
  readonly joinUrls: readonly string[];
};

export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came back.
  return { status: response.status, body: (await response.json()) as any };
}

export async function createLab(server: TestServer, body: unknown = {}): Promise<Created> {
  const { status, body: created } = await post(`${server.origin}/api/labs`, body);
  if (status !== 201) throw new Error(`not created: ${JSON.stringify(created)}`);
  return created;
}

export async function claimSeat(server: TestServer, code: string, body: unknown = {}): Promise<ClaimReply> {
  const { status, body: claimed } = await post(`${server.origin}/api/labs/${code}/seats`, body);
  if (status !== 200) throw new Error(`not claimed: ${JSON.stringify(claimed)}`);
  return claimed;
}

/** Runs a console command over HTTP. */
export function command(server: TestServer, lab: Created, body: unknown) {
  const headers = { Authorization: `Bearer ${lab.key}` };
  return post(`${server.origin}/api/labs/${lab.code}/command`, body, headers);
}

/** Opens a socket of one plane and waits until it is let in; throws the server's refusal otherwise. */
export async function connect(
  server: TestServer,
  plane: keyof typeof planes,
  auth: object,
  listen: (socket: Socket) => void = () => {},
): Promise<Socket> {
  const socket = io(`${server.origin}${planes[plane]}`, {
    path: socketPath,
    transports: ["websocket"],
    auth,
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 50,
  });
  listen(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", (error) => {
      socket.close();
      reject(error);
    });
  });
  return socket;
}

type Eventually<T> = T | null | undefined | false;

/** Waits until `condition` gives something; fails loudly instead of hanging. */
export async function until<T>(
  what: string,
  condition: () => Eventually<T> | Promise<Eventually<T>>,
  withinMs = 8000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A console, its pictures kept. */
export async function openConsole(server: TestServer, lab: Created) {
  const socket = await connect(server, "control", { as: "console", code: lab.code, key: lab.key });
  const watch = { socket, picture: null as LabPicture | null };
  socket.on("picture", (picture: LabPicture) => {
    watch.picture = picture;
  });
  return watch;
}
