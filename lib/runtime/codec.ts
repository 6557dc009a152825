import { err, ok, type Result } from "../kernel/result";
import { limits } from "../protocol/limits";
import { type CausalStamp, siteFrameSchema } from "../protocol/site/frame";
import type { SiteMessage } from "../protocol/site/message";

/** Why a message was dropped at a site's door; each is counted under this name. */
export type CodecError = "TOO_LARGE" | "NOT_JSON" | "MALFORMED";
export type Frame = { readonly m: SiteMessage; readonly t: CausalStamp };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A message as UTF-8 JSON text. The receiver validates it: it has to, whoever the sender is. */
export function encodeFrame(message: SiteMessage, stamp: CausalStamp): Result<Uint8Array, "TOO_LARGE"> {
  const frame: Frame = { m: message, t: stamp };
  const bytes = encoder.encode(JSON.stringify(frame));
  return bytes.length > limits.streamMessageBytes ? err("TOO_LARGE") : ok(bytes);
}

/** What a link delivered, or why it is no message. Unknown members are dropped by the schema. */
export function decodeFrame(bytes: Uint8Array): Result<Frame, CodecError> {
  if (bytes.length > limits.streamMessageBytes) return err("TOO_LARGE");
  const json = parse(bytes);
  if (!json.ok) return json;
  const frame = siteFrameSchema.safeParse(json.value);
  return frame.success ? ok(frame.data) : err("MALFORMED");
}

function parse(bytes: Uint8Array): Result<unknown, CodecError> {
  try {
    return ok(JSON.parse(decoder.decode(bytes)));
  } catch {
    return err("NOT_JSON");
  }
}
