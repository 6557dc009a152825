import { type RefObject, useEffect, useState } from "react";
import type { SharedPageView } from "@/lib/session/view-model";

type Cursor = SharedPageView["cursors"][number];

/**
 * Other cities' cursors over a textarea: the same text in the same type, invisible, with a flag where
 * each cursor stands. It follows the textarea's scrolling.
 */
export function CursorLayer({
  text,
  cursors,
  area,
}: {
  readonly text: string;
  readonly cursors: readonly Cursor[];
  readonly area: RefObject<HTMLTextAreaElement | null>;
}) {
  const [top, setTop] = useState(0);
  useEffect(() => {
    const box = area.current;
    if (box === null) return;
    const follow = () => setTop(box.scrollTop);
    box.addEventListener("scroll", follow, { passive: true });
    return () => box.removeEventListener("scroll", follow);
  }, [area]);
  const ordered = [...cursors].sort((a, b) => a.head - b.head);
  let from = 0;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute inset-0 overflow-hidden rounded-lg border border-transparent"
    >
      <div
        style={{ transform: `translateY(${-top}px)` }}
        className="px-3 pt-5 pb-2.5 font-mono text-[0.875rem] leading-6 break-words whitespace-pre-wrap text-transparent"
      >
        {ordered.map((cursor) => {
          const at = Math.min(Math.max(cursor.head, from), text.length);
          const before = text.slice(from, at);
          from = at;
          return (
            <span key={cursor.site}>
              {before}
              <span className="relative inline-block h-5 w-0 align-text-bottom">
                <span className="absolute inset-y-0 -left-px w-0.5 bg-accent" />
                <span className="absolute -top-4 -left-px rounded-sm bg-accent px-1 font-sans text-[0.6875rem] leading-4 font-medium whitespace-nowrap text-accent-ink">
                  {cursor.city}
                </span>
              </span>
            </span>
          );
        })}
        {text.slice(from)}
      </div>
    </div>
  );
}
