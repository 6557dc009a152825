"use client";
import { useEffect, useRef, useState } from "react";

/**
 * Says what happened to somebody who cannot see it: of several stories the sentence that changed last,
 * at most one a second. Sentences that come faster are dropped, since the logs on the page keep them all.
 */
export function Narrator({ sentences }: { readonly sentences: readonly (string | null)[] }) {
  const [said, setSaid] = useState("");
  const heard = useRef<readonly (string | null)[]>([]);
  const due = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const spokenAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const news = sentences.find((sentence, i) => sentence !== null && sentence !== heard.current[i]);
    heard.current = sentences;
    if (news === undefined) return;
    due.current = news;
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => {
        spokenAt.current = performance.now();
        setSaid(due.current ?? "");
      },
      Math.max(0, spokenAt.current + 1000 - performance.now()),
    );
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}
