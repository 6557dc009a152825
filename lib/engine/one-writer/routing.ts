import type { Request } from "../request";
import { noteAsked, passOn, takeUnanswered } from "./forwarding";
import { write } from "./leading";
import { routeRead } from "./reads";
import type { OneWriter } from "./state";

/** Decides who serves an operation: this site, the primary, or nobody. */
export function route(writer: OneWriter, request: Request): void {
  const { site } = writer;
  const { op } = request;
  if (op.f === "get") routeRead(writer, request);
  else if (site.leadership.primary === site.identity.site) write(writer, request, op);
  else passOn(writer, request, null);
}

/** What this site's clients had asked an earlier primary for is this one's to decide now. */
export function serveUnanswered(writer: OneWriter): void {
  for (const { request } of takeUnanswered(writer)) {
    noteAsked(writer, request);
    route(writer, request);
  }
}
