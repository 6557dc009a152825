import type { Metrics } from "../metrics";
import { sendJson } from "./respond";
import type { Route } from "./router";

/** Health, readiness and metrics, for people and for whatever watches the server. */
export function healthRoutes(options: {
  readonly version: string;
  readonly metrics: Metrics;
  /** Why the server is not ready; null when it is. */
  readonly notReady: () => string | null;
}): readonly Route[] {
  const uptimeMs = () => Math.round(performance.now());
  options.metrics.gauge("faultline_uptime_seconds", () => uptimeMs() / 1000);
  return [
    {
      method: "GET",
      path: "/healthz",
      handle: ({ response }) =>
        sendJson(response, 200, { status: "ok", version: options.version, uptimeMs: uptimeMs() }),
    },
    {
      method: "GET",
      path: "/readyz",
      handle: ({ response }) => {
        const reason = options.notReady();
        sendJson(
          response,
          reason === null ? 200 : 503,
          reason === null ? { status: "ready" } : { status: "not ready", reason },
        );
      },
    },
    {
      method: "GET",
      path: "/metrics",
      handle: ({ response }) => {
        response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
        response.end(options.metrics.text());
      },
    },
  ];
}
