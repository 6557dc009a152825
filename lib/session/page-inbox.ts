import type { SiteId } from "../protocol/ids";

/** What peers said to a page that is still being loaded. */
export type PageInbox = {
  /** False where there is no room left for this peer. */
  readonly keep: (from: SiteId, bytes: Uint8Array) => boolean;
  readonly take: (from: SiteId) => readonly Uint8Array[];
  readonly forget: (from: SiteId) => void;
};

const bytesMax = 4 * 1024 * 1024;
const framesMax = 1_000;

export function createPageInbox(): PageInbox {
  const kept = new Map<SiteId, { frames: Uint8Array[]; bytes: number }>();
  return {
    keep: (from, bytes) => {
      const box = kept.get(from) ?? { frames: [], bytes: 0 };
      if (box.frames.length >= framesMax || box.bytes + bytes.length > bytesMax) return false;
      box.frames.push(bytes);
      box.bytes += bytes.length;
      kept.set(from, box);
      return true;
    },
    take: (from) => {
      const frames = kept.get(from)?.frames ?? [];
      kept.delete(from);
      return frames;
    },
    forget: (from) => void kept.delete(from),
  };
}
