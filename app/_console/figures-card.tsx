import type { PodPicture } from "@/lib/protocol/lab/picture";
import { Card } from "../_kit/card";
import { clockTime, seconds } from "../_kit/format";
import { LossMark } from "../_merge/loss-mark";
import { figuresOf } from "../_timeline/figures";
import { outageOf } from "../_timeline/outage-words";

/** What was measured so far, and the outage as the world's clients saw it. */
export function FiguresCard({ pod }: { readonly pod: PodPicture }) {
  const outage = outageOf(pod);
  return (
    <Card title="Measured">
      <p className="mb-3 flex flex-wrap items-baseline gap-x-3">
        <span className="text-3xl font-semibold tracking-[-0.02em]">
          {outage === null ? "No outage" : `${outage.open ? "> " : ""}${seconds(outage.ms)}`}
        </span>
        <span className="text-[0.875rem] text-muted">{outageText(outage)}</span>
      </p>
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(6.5rem,1fr))] gap-x-4 gap-y-2">
        {figuresOf(pod.figures).map(({ name, value, wrong }) => (
          <div key={name} className={wrong ? "border-l-4 border-diverged pl-2" : ""}>
            <dt className="text-[0.8125rem] text-muted">{name}</dt>
            <dd className="text-lg leading-tight font-semibold">{value}</dd>
          </div>
        ))}
      </dl>
      {pod.conflicts.length > 0 && (
        <section aria-label="Writers that had not seen each other" className="mt-3 border-t border-line pt-3">
          <h3 className="text-[0.8125rem] font-medium">Writers that had not seen each other</h3>
          <ul className="mt-1 space-y-1 text-[0.8125rem]">
            {pod.conflicts.map(({ atMs, text, lost }) => (
              <li key={`${atMs} ${text}`} className="flex gap-2">
                <span className="font-mono text-muted">{clockTime(atMs)}</span>
                <span className="min-w-0 wrap-anywhere">
                  {lost && <LossMark className="mr-1.5 inline size-3" />}
                  {text}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Card>
  );
}

function outageText(outage: ReturnType<typeof outageOf>): string {
  if (outage === null) return "so far";
  const failed = `${outage.failed} writes did not succeed`;
  return outage.open
    ? `since the last write that succeeded; ${failed}`
    : `last outage, success to success; ${failed}`;
}
