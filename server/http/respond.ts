import type { IncomingMessage, ServerResponse } from "node:http";
import { err, ok, type Result } from "../../lib/kernel/result";
import type { ApiError } from "../../lib/protocol/lab/wire";
import { apiError, statusOf } from "../api-error";

/** Answers with JSON that nobody may keep. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
  });
  response.end(JSON.stringify(body));
}

/** Answers with an error in the one shape that all have. */
export function sendError(response: ServerResponse, error: ApiError): void {
  if (error.code === "TOO_MANY_REQUESTS") response.setHeader("Retry-After", "60");
  if (error.code === "TOO_LARGE") response.setHeader("Connection", "close");
  if (error.code === "UNAUTHORIZED") response.setHeader("WWW-Authenticate", "Bearer");
  sendJson(response, statusOf[error.code], { error });
}

const bodyBytesMax = 64 * 1024;

/** A request's JSON body; nothing is read beyond 64 KB. An absent body is an empty object. */
export async function readJson(request: IncomingMessage): Promise<Result<unknown, ApiError>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  // The default would destroy the connection with the loop, and the refusal could not be sent.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > bodyBytesMax) {
      request.resume();
      return err(apiError("TOO_LARGE"));
    }
    pieces.push(piece);
  }
  if (bytes === 0) return ok({});
  try {
    return ok(JSON.parse(Buffer.concat(pieces).toString("utf8")) as unknown);
  } catch {
    return err(apiError("BAD_REQUEST", "The body is not JSON."));
  }
}
