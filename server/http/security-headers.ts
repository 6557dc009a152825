import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Sends the strict headers with every answer. Scripts run only from our own files or with this
 * answer's nonce, which Next reads from the request's policy header and puts on the scripts it
 * writes into a page. `host` is the checked Host header: named for sockets because older Safari does
 * not count them as `'self'`. In development the bundler needs `eval`.
 */
export function setSecurityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly dev: boolean },
): void {
  const nonce = randomBytes(16).toString("base64");
  const host = request.headers.host ?? "";
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'${options.dev ? " 'unsafe-eval'" : ""}`,
    // Style attributes cannot carry a nonce; they can load nothing and run nothing.
    `style-src 'self' ${options.dev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join("; ");
  request.headers["content-security-policy"] = policy;
  const headers = {
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
