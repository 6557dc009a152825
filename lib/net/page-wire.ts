import * as Y from "yjs";
import type { AwarenessState } from "./page-awareness";

/**
 * What y-webrtc puts on a connection, as far as it must be known here: to check what comes in (y-webrtc
 * throws on malformed bytes, in the middle of a stream's event) and to choose what goes out.
 */
export type PageMessage =
  /** "This is what I have": a state vector; the answer is what is missing. */
  | { readonly kind: "sync-step-1" }
  /** The answer to it. */
  | { readonly kind: "sync-step-2" }
  /** An edit as it happens. */
  | { readonly kind: "update" }
  /** Presence of some clients; null is a client that went. */
  | {
      readonly kind: "awareness";
      readonly clients: readonly { readonly id: number; readonly state: AwarenessState | null }[];
    };

const sync = 0;
const awareness = 1;
const clientsMax = 64;

/** Reads one message of y-webrtc 10.3.0; null when it is not well formed. Updates are not looked into. */
export function parsePageMessage(bytes: Uint8Array): PageMessage | null {
  const read = createReader(bytes);
  try {
    switch (read.uint()) {
      case sync:
        return parseSync(read);
      case awareness:
        return parseAwareness(createReader(read.bytes()));
      default:
        return null;
    }
  } catch {
    // Any way of being malformed ends here: bytes that are too few, text that is no JSON, a bad state vector.
    return null;
  }
}

function parseSync(read: Reader): PageMessage | null {
  const step = read.uint();
  const content = read.bytes();
  if (step > 2 || !read.isAtEnd()) return null;
  if (step === 0) Y.decodeStateVector(content);
  return { kind: (["sync-step-1", "sync-step-2", "update"] as const)[step] ?? "update" };
}

function parseAwareness(read: Reader): PageMessage | null {
  const count = read.uint();
  if (count > clientsMax) return null;
  const clients: { id: number; state: AwarenessState | null }[] = [];
  for (let i = 0; i < count; i += 1) {
    const id = read.uint();
    read.uint();
    const state: AwarenessState | null = JSON.parse(new TextDecoder().decode(read.bytes()));
    if (typeof state !== "object") return null;
    clients.push({ id, state });
  }
  return read.isAtEnd() ? { kind: "awareness", clients } : null;
}

/** "This is what I have", to be answered by what is missing here. */
export function syncStep1(doc: Y.Doc): Uint8Array {
  const vector = Y.encodeStateVector(doc);
  return Uint8Array.from([sync, 0, ...uintBytes(vector.length), ...vector]);
}

/** An awareness message around an encoded awareness update. */
export function awarenessMessage(update: Uint8Array): Uint8Array {
  return Uint8Array.from([awareness, ...uintBytes(update.length), ...update]);
}

type Reader = {
  readonly uint: () => number;
  readonly bytes: () => Uint8Array;
  readonly isAtEnd: () => boolean;
};

/** Reads lib0's encoding: seven bits a byte, lowest first; byte strings after their length. Throws at the end. */
function createReader(bytes: Uint8Array): Reader {
  let at = 0;
  function uint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined) throw new RangeError("too few bytes");
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a number out of bounds");
  }
  return {
    uint,
    bytes() {
      const length = uint();
      if (length > bytes.length - at) throw new RangeError("too few bytes");
      at += length;
      return bytes.subarray(at - length, at);
    },
    isAtEnd: () => at === bytes.length,
  };
}

function uintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return bytes;
}
