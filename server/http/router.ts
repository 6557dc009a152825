import type { IncomingMessage, ServerResponse } from "node:http";
import { apiError } from "../api-error";
import { sendError } from "./respond";

/** One request on its way through the API; `params` are the parts of the path that vary. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly address: string;
  readonly params: Readonly<Record<string, string>>;
};
export type Route = {
  readonly method: "GET" | "POST" | "DELETE";
  /** Such as `/api/labs/:code/trace`. */
  readonly path: string;
  readonly handle: (exchange: Exchange) => Promise<void> | void;
};
/** Answers a request if one of its routes is meant; false leaves it to somebody else. */
export type Router = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Routes by method and path. Everything under `/api/` ends here, known or not. */
export function createRouter(routes: readonly Route[]): Router {
  const table = routes.map((route) => ({ ...route, pattern: patternOf(route.path) }));
  return async (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const meant = table.filter(({ pattern }) => pattern.test(path));
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = meant.find((each) => each.method === method);
    if (route !== undefined) {
      const params = route.pattern.exec(path)?.groups ?? {};
      const address = request.socket.remoteAddress ?? "unknown";
      await route.handle({ request, response, address, params });
      return true;
    }
    if (meant.length === 0 && !path.startsWith("/api/")) return false;
    const allowed = meant.map((each) => each.method).join(" or ");
    const why = allowed === "" ? "There is no such address." : `This address answers ${allowed} only.`;
    sendError(response, apiError("NOT_FOUND", why));
    return true;
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, "(?<$1>[^/]{1,64})")}/?$`);
}
