import type { SiteId } from "../protocol/ids";
import { createLwwPage, type LwwPageOptions } from "./lww-page";
import type { SharedPageView } from "./view-model";

/** The two shared pages of one incarnation, on the links' `page` port. */
export type PageHost = {
  readonly receive: (from: SiteId, payload: Uint8Array) => void;
  readonly link: (peer: SiteId, up: boolean) => void;
  readonly view: () => SharedPageView;
  readonly edit: (edit: { readonly at: number; readonly remove: number; readonly insert: string }) => void;
  readonly writeLww: (text: string) => void;
  readonly moveCursor: (at: number, head: number) => void;
  readonly close: () => void;
};

/** First byte of what travels on the `page` port: which of the two pages it is for. */
const lwwTag = 1;

export function createPageHost(options: LwwPageOptions): PageHost {
  const lww = createLwwPage({ ...options, send: (to, payload) => options.send(to, tagged(lwwTag, payload)) });
  return {
    receive: (from, payload) => {
      if (payload[0] === lwwTag) lww.receive(from, payload.subarray(1));
      else options.onBad("PAGE");
    },
    link: (peer, up) => {
      if (up) lww.offerTo(peer);
    },
    view: () => ({ ready: false, text: "", lwwText: lww.text(), cursors: [] }),
    edit: () => {},
    writeLww: lww.write,
    moveCursor: () => {},
    close: () => {},
  };
}

function tagged(tag: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = tag;
  bytes.set(payload, 1);
  return bytes;
}
