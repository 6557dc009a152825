import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { planes, socketPath } from "../lib/protocol/lab/wire";
import { apiError } from "./api-error";
import { createServerClock } from "./clock";
import type { Config } from "./config";
import { limitedParser } from "./gateway/frame-limit";
import { servePlanes } from "./gateway/planes";
import { labRoutes } from "./http/api";
import { healthRoutes } from "./http/health";
import { createHostPolicy } from "./http/hosts";
import { sendError } from "./http/respond";
import { createRouter } from "./http/router";
import { setSecurityHeaders } from "./http/security-headers";
import { type Labs, openLabs } from "./lab/labs";
import { createMetrics, type Metrics } from "./metrics";
import { createRateLimits } from "./rate-limits";
import type { LabStore } from "./store/lab-store";

/** Serves whatever is not the API: the pages. Injected, so that tests of the server need no build. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

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
  const http = createServer();
  let isOpen = false;
  const onError = (place: string) => (error: unknown) => {
    metrics.count("faultline_errors_total", { place });
    options.onError(error, place);
  };
  const io = new Server(http, {
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
      answer(null, isOpen && hosts.isOurs(headers.host) && hosts.isOwnPage(headers.origin, headers.host)),
  });
  // The port first: a second server by mistake must fail before it touches the labs of the first.
  const port = await listen(http, config);
  const control = io.of(planes.control);
  const labs = await openLabs({ config, store, clock, control, metrics, onError: onError("lab") });
  servePlanes(io, { labs, rateLimits, metrics, wallMs: clock.wall, onError: onError("socket") });

  let pages: PageHandler | null = null;
  const notReady = () => (pages === null ? "The pages are still being prepared." : null);
  const api = createRouter([
    ...labRoutes({ config, labs, store, rateLimits, metrics, port }),
    ...healthRoutes({ version: options.version, metrics, notReady }),
  ]);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", headers } = request;
    if (!hosts.isOurs(headers.host)) {
      const why = "This server does not answer to that name. PUBLIC_URL or ALLOWED_HOSTS can add it.";
      return sendError(response, apiError("FORBIDDEN", why));
    }
    setSecurityHeaders(request, response, { dev });
    const changes = method !== "GET" && method !== "HEAD";
    if (changes && !hosts.isOwnPage(headers.origin, headers.host)) {
      return sendError(response, apiError("FORBIDDEN", "Another site's page may not do this."));
    }
    if (await api(request, response)) {
      metrics.count("faultline_requests_total", { status: String(response.statusCode) });
      return;
    }
    if (pages === null) return sendError(response, apiError("UNAVAILABLE", notReady() ?? undefined));
    await pages(request, response);
  }

  http.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith(`${socketPath}/`)) return;
    answer(request, response).catch((error: unknown) => {
      onError("http")(error);
      if (response.headersSent) response.destroy();
      else sendError(response, apiError("UNAVAILABLE"));
    });
  });

  isOpen = true;
  return {
    port,
    labs,
    metrics,
    setPages(handler) {
      pages = handler;
    },
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

function listen(http: ReturnType<typeof createServer>, { port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port));
  });
}
