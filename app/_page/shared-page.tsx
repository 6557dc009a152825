"use client";
import { type RefObject, useMemo, useRef, useState } from "react";
import type { Seat, SharedPageView } from "@/lib/session/view-model";
import { Card } from "../_kit/card";
import { listWords } from "../_site/names";
import { CursorLayer } from "./cursor-layer";
import { lwwDraft } from "./lww-draft";
import { applyEdit } from "./text-edit";
import { type SharedText, useSharedText } from "./use-shared-text";

const paper =
  "block h-60 w-full resize-y rounded-lg border border-outline bg-surface px-3 pt-5 pb-2.5 font-mono text-[0.875rem] leading-6 break-words";

/** Reads one text of the page from the seat's store. */
function pageText(seat: Seat, read: (page: SharedPageView) => string): () => string {
  return () => {
    const view = seat.store.get();
    return view.phase === "running" ? read(view.page) : "";
  };
}

/**
 * The pod's shared page twice: merged by Yjs over y-webrtc, and kept as one last-write-wins value.
 * By default typing on the left happens on the right as well, so that the two differ only by the rule.
 */
export function SharedPage({ seat, page }: { readonly seat: Seat; readonly page: SharedPageView }) {
  const merged = useRef<HTMLTextAreaElement>(null);
  const whole = useRef<HTMLTextAreaElement>(null);
  const [both, setBoth] = useState(true);
  const draft = useMemo(
    () =>
      lwwDraft(
        seat,
        pageText(seat, (view) => view.lwwText),
      ),
    [seat],
  );
  const mergedText = useMemo<SharedText>(
    () => ({
      read: pageText(seat, (view) => view.text),
      subscribe: seat.store.subscribe,
      edit(edit) {
        seat.editPage(edit);
        if (both) draft.write(applyEdit(draft.read(), edit));
      },
    }),
    [seat, draft, both],
  );
  const wholeText = useMemo<SharedText>(
    () => ({ read: draft.read, subscribe: draft.subscribe, edit: (_edit, text) => draft.write(text) }),
    [draft],
  );
  useSharedText(merged, mergedText);
  useSharedText(whole, wholeText);

  return (
    <Card
      title="The shared page"
      aside={
        <label className="flex items-center gap-2 text-[0.875rem]">
          <input
            type="checkbox"
            checked={both}
            onChange={(event) => setBoth(event.target.checked)}
            className="size-4 accent-accent"
          />
          Type in both
        </label>
      }
    >
      <div className="grid gap-4 md:grid-cols-2">
        <MergedPane seat={seat} page={page} area={merged} />
        <div>
          <label htmlFor="page-lww" className="mb-1 block text-[0.8125rem] font-medium text-muted">
            The same page as one value, last write wins
          </label>
          <textarea id="page-lww" ref={whole} spellCheck={false} className={paper} />
          <p className="mt-1 min-h-5 text-[0.8125rem] text-muted">
            {page.text === page.lwwText ? "Both pages say the same." : "The two pages differ."}
          </p>
        </div>
      </div>
    </Card>
  );
}

function MergedPane({
  seat,
  page,
  area,
}: {
  readonly seat: Seat;
  readonly page: SharedPageView;
  readonly area: RefObject<HTMLTextAreaElement | null>;
}) {
  function tellCursor(): void {
    const box = area.current;
    if (box !== null) seat.moveCursor(box.selectionStart, box.selectionEnd);
  }
  return (
    <div>
      <label htmlFor="page-crdt" className="mb-1 block text-[0.8125rem] font-medium text-muted">
        Merged (Yjs over y-webrtc)
      </label>
      <div className="relative">
        <textarea
          id="page-crdt"
          ref={area}
          spellCheck={false}
          className={paper}
          onSelect={tellCursor}
          onKeyUp={tellCursor}
        />
        <CursorLayer text={page.text} cursors={page.cursors} area={area} />
      </div>
      <p className="mt-1 min-h-5 text-[0.8125rem] text-muted">{presence(page)}</p>
    </div>
  );
}

function presence(page: SharedPageView): string {
  if (!page.ready) return "Connecting the page…";
  const others = listWords(page.cursors.map(({ city }) => city));
  return others === "" ? "Nobody else is in the page." : `Also here: ${others}.`;
}
