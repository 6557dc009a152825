import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import next from "next";
import pino from "pino";
import { bannerText } from "./banner";
import { type Config, readConfig } from "./config";
import type { PageHandler } from "./http/front-door";
import { type LabServer, startLabServer } from "./lab-server";
import { explainStartError } from "./start-error";
import { createSqliteStore } from "./store/sqlite-store";
import { startStun } from "./stun";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Starts the server: in production from the build, with `--dev` straight from the sources. */
export async function main(args: readonly string[]): Promise<void> {
  const dev = args.includes("--dev");
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  const config = readConfig(process.env);
  if (!config.ok) return fail(config.error, 2);
  if (!dev && !existsSync(join(root, ".next", "BUILD_ID"))) {
    return fail("The pages have not been built. `npm start` builds them and serves the lab.", 1);
  }
  try {
    await serve(config.value, dev);
  } catch (error) {
    fail(explainStartError(error, config.value), 1);
  }
}

async function serve(config: Config, dev: boolean): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination(2));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const server = await startLabServer({
    config,
    store: createSqliteStore(config.dataDir),
    dev,
    version,
    onError: (error, place) => log.error({ err: error, place }, "unexpected error"),
  });
  const stun = await startStun({ port: server.port, host: config.host }).catch((error: unknown) => {
    // Without it some pairs go over the relay, which the seats say; the lesson goes on.
    log.warn({ err: error }, "the UDP port of the STUN responder is taken");
    return null;
  });
  stopOnSignals(server, () => stun?.close());
  server.setPages(await preparePages(dev, server.port));
  process.stdout.write(`${bannerText(config, server.port)}\n`);
}

async function preparePages(dev: boolean, port: number): Promise<PageHandler> {
  const app = next({ dev, dir: root, hostname: "localhost", port });
  await app.prepare();
  const handle = app.getRequestHandler();
  return (request, response) => handle(request, response);
}

/** The first signal stops in good order; a second one stops at once. */
function stopOnSignals(server: LabServer, closeStun: () => unknown): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    closeStun();
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function fail(why: string, status: number): never {
  process.stderr.write(`${why}\n`);
  process.exit(status);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
