import { WebrtcConn, WebrtcProvider } from "y-webrtc";
import * as Y from "yjs";
import { must } from "../kernel/assert";
import type { SiteId } from "../protocol/ids";
import {
  type AwarenessState,
  cursorsOf,
  dropPresence,
  ownPresence,
  type PageCursor,
  placeCursor,
  renewPresence,
} from "./page-awareness";
import { createFacade, type FacadeChannel, facadeAnswer } from "./page-facade";
import { awarenessMessage, type PageMessage, parsePageMessage, syncStep1 } from "./page-wire";

/** Letters the page holds at most; a larger edit is refused. */
const pageChars = 4 * 1024 * 1024;

/** Length of the name that an end gives to one opening of it. */
const openingChars = 32;

/** First byte of what travels between two pages. */
const frameTypes = { open: 0, data: 1 } as const;

/** The pod's collaborative text in one tab: y-webrtc and Yjs as anyone would use them, over our links. */
export type SharedPage = {
  readonly text: () => string;
  /** Everybody else's cursors. */
  readonly cursors: () => readonly PageCursor[];
  /** One change at `at`: takes `remove` letters out, puts `insert` in. False when the page would grow too long. */
  readonly edit: (edit: { readonly at: number; readonly remove: number; readonly insert: string }) => boolean;
  readonly moveCursor: (at: number, head: number) => void;
  /** A link came up (again): both sides compare what they have, as y-webrtc does on connecting. */
  readonly onLinkUp: (peer: SiteId) => void;
  /**
   * A link went down. Unless it was `cut`, the peer may have died after telling only some sites of
   * its last edits, so the others are asked what they have.
   */
  readonly onLinkDown: (peer: SiteId, cut: boolean) => void;
  /** Takes what the peer's page sent. Anything malformed, or said in another's name, is dropped and counted. */
  readonly receive: (peer: SiteId, bytes: Uint8Array) => void;
  /** Called after the text or a cursor changed. Returns what ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly close: () => void;
};

export type SharedPageOptions = {
  readonly site: SiteId;
  readonly city: string;
  /** Yjs client id: the site's index and incarnation packed, so that no two tabs ever share one. */
  readonly clientId: number;
  /** Carries bytes to a peer's page on the `stream` lane: whole, in order. */
  readonly send: (to: SiteId, bytes: Uint8Array) => void;
  readonly count: (error: "page-malformed" | "page-forged" | "page-closed") => void;
};

type Conn = { readonly conn: WebrtcConn; readonly channel: FacadeChannel };

/**
 * Opens the page. y-webrtc runs unmodified with no signalling and a room name of its own (so that
 * BroadcastChannel, which would heal a partition behind the lab's back, has no second member); each
 * link is given to it as a peer connection. y-webrtc passes on every update it receives, which
 * would carry edits round a cut: here each tab sends its own edits and its own presence only, and
 * what a site missed comes when a link opens. Never rejects.
 */
export async function createSharedPage(options: SharedPageOptions): Promise<SharedPage> {
  const { site, send, count } = options;
  const name = uniqueName();
  const doc = new Y.Doc();
  doc.clientID = options.clientId;
  const text = doc.getText("page");
  const conns = new Map<SiteId, Conn>();
  /** The last opening that each peer has told of. */
  const theirOpenings = new Map<SiteId, string>();
  const listeners = new Set<() => void>();
  let openings = 0;
  /** The update being told to the connections came from another site. */
  let isPassingOn = false;
  // Registered before y-webrtc's own handler, so that this is known when that one sends.
  doc.on("update", (_update: Uint8Array, origin: unknown) => {
    isPassingOn = origin === provider.room;
  });
  const provider = new WebrtcProvider(`faultline/${name}`, doc, {
    signaling: [],
    maxConns: Number.POSITIVE_INFINITY,
  });
  await provider.key;
  const room = must(provider.room, "y-webrtc opens its room once it has its key");
  const { awareness } = room;
  awareness.setLocalState({ site, city: options.city });
  text.observe(tell);
  awareness.on("change", tell);

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function sendFrame(peer: SiteId, type: number, bytes: Uint8Array): void {
    const framed = new Uint8Array(bytes.length + 1);
    framed[0] = type;
    framed.set(bytes, 1);
    send(peer, framed);
  }

  function sendData(peer: SiteId, bytes: Uint8Array): void {
    sendFrame(peer, frameTypes.data, bytes);
  }

  /** What y-webrtc wants to say to a peer, less what it says in the name of others. */
  function sendOwn(peer: SiteId, bytes: Uint8Array): void {
    const message = parsePageMessage(bytes);
    if (message === null || (message.kind === "update" && isPassingOn)) return;
    if (message.kind !== "awareness") sendData(peer, bytes);
    else if (message.clients.some(({ id }) => id === doc.clientID)) {
      sendData(peer, awarenessMessage(ownPresence(awareness)));
    }
  }

  function open(peer: SiteId): void {
    shut(peer);
    const channel = createFacade((bytes) => sendOwn(peer, bytes));
    provider.peerOpts = channel.peerOptions;
    const signalling = {
      send: (message: { readonly data: { readonly signal: { readonly type: string } } }) => {
        if (message.data.signal.type === "offer") conn.peer.signal(facadeAnswer);
      },
    };
    const conn: WebrtcConn = new WebrtcConn(signalling as never, true, peer, room);
    room.webrtcConns.set(peer, conn);
    conns.set(peer, { conn, channel });
    renewPresence(awareness);
  }

  function shut(peer: SiteId): void {
    const open = conns.get(peer);
    if (open === undefined) return;
    conns.delete(peer);
    room.webrtcConns.delete(peer);
    // Its late `close` deletes by id, and would take the connection that follows it with it.
    open.conn.remotePeerId = `${peer}#closed`;
    open.conn.destroy();
  }

  /** A peer that opens its end once more may have missed edits, and have made some that we missed. */
  function opened(peer: SiteId, opening: string): void {
    const before = theirOpenings.get(peer);
    theirOpenings.set(peer, opening);
    if (before !== undefined && before !== opening && conns.has(peer)) open(peer);
  }

  /** A peer speaks for itself alone: its presence names its own site. */
  function isForged(peer: SiteId, message: PageMessage): boolean {
    if (message.kind !== "awareness") return false;
    return message.clients.some(({ id, state }) => {
      const known: AwarenessState | undefined = awareness.getStates().get(id);
      return (state !== null && state.site !== peer) || (known !== undefined && known.site !== peer);
    });
  }

  function take(peer: SiteId, bytes: Uint8Array): void {
    const open = conns.get(peer);
    const message = parsePageMessage(bytes);
    if (open === undefined) count("page-closed");
    else if (message === null) count("page-malformed");
    else if (isForged(peer, message)) count("page-forged");
    else open.channel.deliver(bytes);
  }

  return {
    text: () => text.toString(),
    cursors: () => cursorsOf(awareness, text),
    edit({ at, remove, insert }) {
      const from = Math.max(0, Math.min(at, text.length));
      const gone = Math.max(0, Math.min(remove, text.length - from));
      if (text.length - gone + insert.length > pageChars) return false;
      doc.transact(() => {
        if (gone > 0) text.delete(from, gone);
        if (insert !== "") text.insert(from, insert);
      });
      return true;
    },
    moveCursor: (at, head) => placeCursor(awareness, text, at, head),
    onLinkUp(peer) {
      openings += 1;
      sendFrame(peer, frameTypes.open, new TextEncoder().encode(`${name}.${openings}`));
      open(peer);
    },
    onLinkDown(peer, cut) {
      shut(peer);
      dropPresence(awareness, peer);
      if (!cut) for (const other of conns.keys()) sendData(other, syncStep1(doc));
    },
    receive(peer, bytes) {
      const content = bytes.subarray(1);
      if (bytes[0] === frameTypes.data) take(peer, content);
      else if (bytes[0] === frameTypes.open && content.length <= openingChars) {
        opened(peer, new TextDecoder().decode(content));
      } else count("page-malformed");
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      listeners.clear();
      for (const peer of [...conns.keys()]) shut(peer);
      // Takes the provider and the awareness with it.
      doc.destroy();
    },
  };
}

/** Names one opened page: other labs in this browser may hold a site of the same name and incarnation. */
function uniqueName(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}
