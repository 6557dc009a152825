import type { PodPicture } from "@/lib/protocol/lab/picture";
import { seconds } from "../_kit/format";
import { outageOf } from "../_timeline/outage-words";

/** The outage as the world's clients see it: from the last write that succeeded to the next one that does. */
export function Stopwatch({ pod, small = false }: { readonly pod: PodPicture; readonly small?: boolean }) {
  const outage = outageOf(pod);
  const number = small ? "text-[3.4vh]" : "text-[clamp(2rem,min(8vh,6vw),8rem)]";
  return (
    <div role="timer" aria-label="Outage" className={`shrink-0 ${small ? "text-right" : ""}`}>
      <p className={`${number} leading-none font-semibold tracking-[-0.02em]`}>
        {outage === null ? "0.0 s" : `${outage.open ? "> " : ""}${seconds(outage.ms)}`}
      </p>
      <p className="mt-[0.6vh] text-[2.3vh] leading-snug">{label(outage)}</p>
    </div>
  );
}

function label(outage: ReturnType<typeof outageOf>): string {
  if (outage === null) return "no outage yet";
  const failed = outage.failed === 1 ? "1 write" : `${outage.failed} writes`;
  return outage.open ? `without a write, ${failed} not done` : `last outage, ${failed} not done`;
}
