import { useEffect, useState } from "react";

/** Height of the display in CSS pixels, from which the drawings take their sizes. */
export function useViewHeight(): number {
  const [height, setHeight] = useState(() => window.innerHeight);
  useEffect(() => {
    const measure = () => setHeight(window.innerHeight);
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return height;
}
