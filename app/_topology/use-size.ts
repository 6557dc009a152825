import { type RefObject, useEffect, useState } from "react";
import type { Box } from "./project";

/** Size of an element in CSS pixels, null before it is on the page. */
export function useSize(element: RefObject<Element | null>): Box | null {
  const [size, setSize] = useState<Box | null>(null);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      setSize((old) => (old?.width === width && old.height === height ? old : { width, height }));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
