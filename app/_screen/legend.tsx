import { SiteIcon } from "../_site/site-mark";
import type { SiteState } from "../_site/site-state";

const shapes: readonly { readonly state: SiteState; readonly word: string }[] = [
  { state: "primary", word: "primary" },
  { state: "replica", word: "replica" },
  { state: "suspect", word: "suspect" },
  { state: "partitioned", word: "partitioned" },
  { state: "diverged", word: "diverged" },
  { state: "dead", word: "dead" },
];

/** The shapes and what they mean. */
export function Legend() {
  return (
    <ul aria-label="Shapes" className="flex flex-wrap gap-x-[1.6vw] text-[2.2vh] leading-tight max-md:hidden">
      {shapes.map(({ state, word }) => (
        <li key={state} className="flex items-center gap-[0.4vw]">
          <SiteIcon state={state} className="size-[3.2vh]" />
          {word}
        </li>
      ))}
    </ul>
  );
}
