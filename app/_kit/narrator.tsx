"use client";
import { useEffect, useRef, useState } from "react";

/**
 * Says what happened to somebody who cannot see it: the newest sentence, at most one a second.
 * Sentences that come faster are dropped, since the log on the page keeps them all.
 */
export function Narrator({ sentence }: { readonly sentence: string | null }) {
  const [said, setSaid] = useState("");
  const spokenAt = useRef(0);
  useEffect(() => {
    if (sentence === null) return;
    const wait = Math.max(0, spokenAt.current + 1000 - performance.now());
    const timer = setTimeout(() => {
      spokenAt.current = performance.now();
      setSaid(sentence);
    }, wait);
    return () => clearTimeout(timer);
  }, [sentence]);
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}
