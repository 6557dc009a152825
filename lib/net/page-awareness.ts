import { type Awareness, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import type { SiteId } from "../protocol/ids";

/** What a tab says of itself to the others on the page, in y-protocols' awareness. */
export type AwarenessState = Readonly<Record<string, unknown>>;

/** One other site's place on the page, in characters of the text as it is here. */
export type PageCursor = {
  readonly site: SiteId;
  readonly city: string;
  readonly at: number;
  readonly head: number;
};

const cityChars = 40;

/** Puts the own cursor where the text says; positions stick to the letters around them. */
export function placeCursor(awareness: Awareness, text: Y.Text, at: number, head: number): void {
  const place = (index: number) =>
    Y.relativePositionToJSON(
      Y.createRelativePositionFromTypeIndex(text, Math.max(0, Math.min(index, text.length))),
    );
  awareness.setLocalStateField("cursor", { anchor: place(at), head: place(head) });
}

/** Everybody else's cursors, of those that have placed one, ordered by site. */
export function cursorsOf(awareness: Awareness, text: Y.Text): PageCursor[] {
  const cursors: PageCursor[] = [];
  for (const [id, state] of awareness.getStates()) {
    const cursor = id === awareness.clientID ? null : cursorOf(state, text);
    if (cursor !== null) cursors.push(cursor);
  }
  return cursors.sort((a, b) => (a.site < b.site ? -1 : 1));
}

function cursorOf(state: AwarenessState, text: Y.Text): PageCursor | null {
  const { site, city, cursor } = state;
  if (typeof site !== "string" || typeof city !== "string") return null;
  if (typeof cursor !== "object" || cursor === null) return null;
  const { anchor, head } = cursor as Readonly<Record<string, unknown>>;
  const [from, to] = [indexOf(anchor, text), indexOf(head, text)];
  if (from === null || to === null) return null;
  return { site: site as SiteId, city: city.slice(0, cityChars), at: from, head: to };
}

function indexOf(position: unknown, text: Y.Text): number | null {
  if (text.doc === null) return null;
  try {
    const relative = Y.createRelativePositionFromJSON(position);
    const absolute = Y.createAbsolutePositionFromRelativePosition(relative, text.doc);
    return absolute?.type === text ? absolute.index : null;
  } catch {
    // Somebody else's bytes: not a position.
    return null;
  }
}

/** The own presence alone, as an awareness update. */
export function ownPresence(awareness: Awareness): Uint8Array {
  return encodeAwarenessUpdate(awareness, [awareness.clientID]);
}

/** Says the own presence anew: a peer that dropped it takes it again only with a higher clock. */
export function renewPresence(awareness: Awareness): void {
  awareness.setLocalState(awareness.getLocalState());
}

/** Takes a lost site off the page at once; y-protocols alone would show it for half a minute. */
export function dropPresence(awareness: Awareness, site: SiteId): void {
  const lost = [...awareness.getStates()].filter(
    ([id, state]) => id !== awareness.clientID && state.site === site,
  );
  removeAwarenessStates(
    awareness,
    lost.map(([id]) => id),
    "lost",
  );
}
