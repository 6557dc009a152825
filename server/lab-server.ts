import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { planes } from "../lib/protocol/lab/wire";
import { createServerClock } from "./clock";
import type { Config } from "./config";
import { servePlanes } from "./gateway/planes";
import { createSocketServer } from "./gateway/socket-server";
import { labRoutes } from "./http/api";
import { createFrontDoor, type PageHandler } from "./http/front-door";
import { healthRoutes } from "./http/health";
import { createHostPolicy } from "./http/hosts";
import { createRouter } from "./http/router";
import { type Labs, openLabs } from "./lab/labs";
import { createMetrics, type Metrics } from "./metrics";
import { createRateLimits } from "./rate-limits";
import type { LabStore } from "./store/lab-store";

export type LabServer = {
  readonly port: number;
  readonly labs: Labs;
  readonly metrics: Metrics;
  /** The pages can be served from now on; before, they answer 503 and `/readyz` says so. */
  readonly setPages: (handler: PageHandler) => void;
  /** Stops listening and writes what waits; labs go on where they were at the next start. */
  readonly close: () => Promise<void>;
};

export type LabServerOptions = {
  readonly config: Config;
  readonly store: LabStore;
  readonly dev: boolean;
  readonly version: string;
  readonly onError: (error: unknown, place: string) => void;
};

/** Composes everything and listens. Rejects when the port cannot be had. */
export async function startLabServer(options: LabServerOptions): Promise<LabServer> {
  const { config, store, dev } = options;
  const metrics = createMetrics();
  const clock = createServerClock();
  const hosts = createHostPolicy(config);
  const rateLimits = createRateLimits(config.labsPerHour);
  const onError = (place: string) => (error: unknown) => {
    metrics.count("faultline_errors_total", { place });
    options.onError(error, place);
  };
  const door = createFrontDoor({ hosts, dev, metrics, onError: onError("http") });
  const http = createServer(door.listener);
  let isOpen = false;
  const io = createSocketServer(http, { hosts, metrics, isOpen: () => isOpen });
  // The port first: a second server by mistake must fail before it touches the labs of the first.
  const port = await listen(http, config);
  const control = io.of(planes.control);
  const labs = await openLabs({ config, store, clock, control, metrics, onError: onError("lab") });
  servePlanes(io, { labs, rateLimits, metrics, wallMs: clock.wall, onError: onError("socket") });
  door.setApi(
    createRouter([
      ...labRoutes({ config, labs, store, rateLimits, metrics, port }),
      ...healthRoutes({ version: options.version, metrics, notReady: door.notReady }),
    ]),
  );
  isOpen = true;
  return {
    port,
    labs,
    metrics,
    setPages: door.setPages,
    async close() {
      await labs.close();
      // It waits for every connection to end, and an idle one that a browser keeps open never does.
      const closed = io.close();
      http.closeAllConnections();
      await closed;
      await store.close();
    },
  };
}

function listen(http: Server, { port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port));
  });
}
