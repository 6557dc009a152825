import type { IncomingMessage, ServerResponse } from "node:http";
import { apiError } from "../api-error";
import type { Metrics } from "../metrics";
import type { HostPolicy } from "./hosts";
import { sendError } from "./respond";
import type { Router } from "./router";
import { setSecurityHeaders } from "./security-headers";

/** Serves whatever is not the API: the pages. Injected, so that tests of the server need no build. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Where every HTTP request arrives that is not Socket.IO's. Until the API and the pages are there, it asks for patience. */
export type FrontDoor = {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  readonly setApi: (api: Router) => void;
  readonly setPages: (pages: PageHandler) => void;
  readonly notReady: () => string | null;
};

/** Checks who is asking and by what name before anything else is looked at. */
export function createFrontDoor(options: {
  readonly hosts: HostPolicy;
  readonly dev: boolean;
  readonly metrics: Metrics;
  readonly onError: (error: unknown) => void;
}): FrontDoor {
  const { hosts, metrics } = options;
  let api: Router | null = null;
  let pages: PageHandler | null = null;

  function notReady(): string | null {
    if (api === null) return "The labs are being opened.";
    return pages === null ? "The pages are still being prepared." : null;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", headers } = request;
    if (!hosts.isOurs(headers.host)) {
      const why = "This server does not answer to that name. PUBLIC_URL or ALLOWED_HOSTS can add it.";
      return sendError(response, apiError("FORBIDDEN", why));
    }
    setSecurityHeaders(request, response, options);
    const changes = method !== "GET" && method !== "HEAD";
    if (changes && !hosts.isOwnPage(headers.origin, headers.host)) {
      return sendError(response, apiError("FORBIDDEN", "Another site's page may not do this."));
    }
    if (api !== null && (await api(request, response))) {
      metrics.count("faultline_requests_total", { status: String(response.statusCode) });
      return;
    }
    if (api === null || pages === null) {
      return sendError(response, apiError("UNAVAILABLE", notReady() ?? undefined));
    }
    await pages(request, response);
  }

  return {
    listener(request, response) {
      answer(request, response).catch((error: unknown) => {
        options.onError(error);
        if (response.headersSent) response.destroy();
        else sendError(response, apiError("UNAVAILABLE"));
      });
    },
    setApi(router) {
      api = router;
    },
    setPages(handler) {
      pages = handler;
    },
    notReady,
  };
}
