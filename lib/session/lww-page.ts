import * as z from "zod/mini";
import { type SiteId, siteIdSchema } from "../protocol/ids";
import { limits } from "../protocol/limits";

const registerSchema = z.object({
  text: z.string().check(z.maxLength(limits.valueBytes)),
  wall: z.number(),
  site: siteIdSchema,
});
type Register = z.infer<typeof registerSchema>;

/**
 * The shared page kept as one last-write-wins value: the later wall clock wins, the larger site id
 * on a tie, and the other text is gone. It lives beside the y-webrtc page, on the same links and under
 * the same faults, in every mode; so the heal shows the two side by side.
 */
export type LwwPage = {
  readonly text: () => string;
  readonly write: (text: string) => void;
  readonly receive: (from: SiteId, payload: Uint8Array) => void;
  /** Tells a peer what this site has, and so asks for what is later; called when its link comes up. */
  readonly offerTo: (peer: SiteId) => void;
};

type LwwPageOptions = {
  readonly site: SiteId;
  /** The site's wall clock with its injected skew. */
  readonly wall: () => number;
  readonly peers: () => readonly SiteId[];
  readonly send: (to: SiteId, payload: Uint8Array) => void;
  readonly onChange: () => void;
  readonly onBad: (name: string) => void;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** No injected skew reaches further ahead; a stamp beyond it is a forgery that would win for ever. */
const aheadMaxMs = 2 * 86_400_000;

export function createLwwPage(options: LwwPageOptions): LwwPage {
  const { site, wall, send } = options;
  let register: Register = { text: "", wall: 0, site };

  function adopt(next: Register, from: SiteId | null): void {
    if (!isLater(next, register)) {
      // It does not know of the later text yet.
      if (from !== null && isLater(register, next)) offerTo(from);
      return;
    }
    register = next;
    for (const peer of options.peers()) if (peer !== from) offerTo(peer);
    options.onChange();
  }

  /** A site's own writes always follow one another, also within one tick of its clock. */
  function stamp(): number {
    return register.site === site ? Math.max(wall(), register.wall + 0.001) : wall();
  }

  function offerTo(peer: SiteId): void {
    send(peer, encoder.encode(JSON.stringify(register)));
  }

  return {
    text: () => register.text,
    write: (text) => adopt({ text: text.slice(0, limits.valueBytes), wall: stamp(), site }, null),
    receive: (from, payload) => {
      const next = parse(payload);
      if (next === null || next.wall > wall() + aheadMaxMs) options.onBad("PAGE");
      else adopt(next, from);
    },
    offerTo,
  };
}

function isLater(a: Register, b: Register): boolean {
  return a.wall > b.wall || (a.wall === b.wall && a.site > b.site);
}

function parse(payload: Uint8Array): Register | null {
  if (payload.length > limits.frameBytesMax) return null;
  try {
    const register = registerSchema.safeParse(JSON.parse(decoder.decode(payload)));
    return register.success ? register.data : null;
  } catch {
    return null;
  }
}
