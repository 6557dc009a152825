import { Decoder, Encoder } from "socket.io-parser";
import { limits } from "../../lib/protocol/limits";

/**
 * Socket.IO's own parser, except that whatever arrives in one piece larger than a frame may be is
 * dropped unread and counted; the connection goes on. (A class, because that is the parser's seam.)
 */
export function limitedParser(onOversize: () => void) {
  class LimitedDecoder extends Decoder {
    override add(piece: unknown): void {
      const size = typeof piece === "string" ? piece.length : (piece as Uint8Array).byteLength;
      if (size <= limits.frameBytesMax) {
        super.add(piece);
        return;
      }
      onOversize();
      // A message whose attachment is dropped would wait for it for ever.
      if (typeof piece !== "string") this.destroy();
    }
  }
  return { Encoder, Decoder: LimitedDecoder };
}
