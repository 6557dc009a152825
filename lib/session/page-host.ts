import type { SharedPage } from "../net/page";
import type { SiteId } from "../protocol/ids";
import { createLwwPage } from "./lww-page";
import { createPageInbox } from "./page-inbox";
import type { SharedPageView } from "./view-model";

/** The two shared pages of one incarnation, on the links' `page` port. */
export type PageHost = {
  readonly receive: (from: SiteId, payload: Uint8Array) => void;
  /** `cut`: the link is silent, its other end may well live. */
  readonly link: (peer: SiteId, up: boolean, cut: boolean) => void;
  /** A new generation of the pod's data; `emptied` where it starts from nothing, and so do the pages. */
  readonly enter: (generation: number, emptied: boolean) => void;
  /** Compares with every peer once more: what was said meanwhile was not heard. */
  readonly resync: () => void;
  readonly view: () => SharedPageView;
  readonly edit: (edit: { readonly at: number; readonly remove: number; readonly insert: string }) => void;
  readonly writeLww: (text: string) => void;
  readonly moveCursor: (at: number, head: number) => void;
  readonly close: () => void;
};

export type PageHostOptions = {
  readonly site: SiteId;
  readonly city: string;
  readonly clientId: number;
  /** The site's wall clock with its injected skew. */
  readonly wall: () => number;
  readonly peers: () => readonly SiteId[];
  readonly send: (to: SiteId, payload: Uint8Array) => void;
  readonly onChange: () => void;
  readonly onBad: (name: string) => void;
};

/** First byte of what travels on the `page` port: which of the two pages it is for. The second: the generation. */
const tags = { yjs: 0, lww: 1 } as const;

/**
 * Opens both pages. y-webrtc and Yjs are loaded when they are needed first, so that a seat is at work
 * before they have arrived. Pages of different generations do not speak to each other: else one tab that
 * has not heard of a reset yet would bring the old text back to all.
 */
export function createPageHost(options: PageHostOptions): PageHost {
  const { site, onChange, onBad } = options;
  const early = createPageInbox();
  let generation = 0;
  let closed = false;
  let lww = openLww();
  let page: SharedPage | null = null;
  /** Rises with each page asked for; one that arrives late is not used. */
  let asked = 0;
  openPage();

  function openLww() {
    return createLwwPage({ ...options, send: (to, bytes) => send(tags.lww, to, bytes) });
  }

  function openPage(): void {
    page?.close();
    page = null;
    asked += 1;
    const mine = asked;
    loadPage()
      .then((opened) => {
        if (closed || mine !== asked) return opened.close();
        page = opened;
        page.subscribe(onChange);
        for (const peer of options.peers()) greet(peer);
        onChange();
      })
      .catch(() => onBad("PAGE_NOT_LOADED"));
  }

  async function loadPage(): Promise<SharedPage> {
    const { createSharedPage } = await import("../net/page");
    const { city, clientId } = options;
    return createSharedPage({
      site,
      city,
      clientId,
      send: (to, bytes) => send(tags.yjs, to, bytes),
      count: onBad,
    });
  }

  function send(tag: number, to: SiteId, bytes: Uint8Array): void {
    const framed = new Uint8Array(bytes.length + 2);
    framed.set([tag, generation & 255]);
    framed.set(bytes, 2);
    options.send(to, framed);
  }

  function greet(peer: SiteId): void {
    lww.offerTo(peer);
    if (page === null) return;
    page.onLinkUp(peer);
    for (const bytes of early.take(peer)) page.receive(peer, bytes);
  }

  function receive(from: SiteId, payload: Uint8Array): void {
    const [tag, theirs] = payload;
    const bytes = payload.subarray(2);
    if (theirs !== (generation & 255)) onBad("PAGE_GENERATION");
    else if (tag === tags.lww) lww.receive(from, bytes);
    else if (tag !== tags.yjs) onBad("PAGE");
    else if (page !== null) page.receive(from, bytes);
    else if (!early.keep(from, bytes)) onBad("PAGE_EARLY");
  }

  function resync(): void {
    for (const peer of options.peers()) greet(peer);
  }

  return {
    receive,
    link: (peer, up, cut) => {
      if (up) return greet(peer);
      early.forget(peer);
      page?.onLinkDown(peer, cut);
    },
    enter: (next, emptied) => {
      if (next === generation) return;
      generation = next;
      if (emptied) {
        lww = openLww();
        openPage();
      }
      resync();
    },
    resync,
    view: () => ({
      ready: page !== null,
      text: page?.text() ?? "",
      lwwText: lww.text(),
      cursors: page?.cursors() ?? [],
    }),
    edit: (edit) => void page?.edit(edit),
    writeLww: lww.write,
    moveCursor: (at, head) => page?.moveCursor(at, head),
    close: () => {
      closed = true;
      page?.close();
    },
  };
}
