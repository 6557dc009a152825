"use client";
import type { LabPicture, PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import { Address } from "../_join/address";
import { QrCode } from "../_join/qr-code";
import { LossMark } from "../_merge/loss-mark";
import { namesOf } from "../_site/names";
import { briefEvent } from "../_timeline/brief";
import { tellable } from "../_timeline/feed";
import { Lanes } from "../_timeline/lanes";
import { TopologyMap } from "../_topology/topology-map";
import { useFocus } from "./focus";
import { ScreenFigures } from "./screen-figures";
import { SitesAloud } from "./sites-aloud";
import { Stopwatch } from "./stopwatch";
import { useViewHeight } from "./view-height";

type Timeline = Readonly<Record<string, readonly TraceEvent[]>>;

/** Several pods side by side; of one at a time the lanes and the figures as well. */
export function ManyPods({
  lab,
  timeline,
  joinUrl,
}: {
  readonly lab: LabPicture;
  readonly timeline: Timeline;
  readonly joinUrl: string;
}) {
  const vh = useViewHeight() / 100;
  const focus = useFocus(lab, timeline);
  const columns = lab.pods.length > 4 ? "grid-cols-3" : "grid-cols-2";
  return (
    <>
      <header className="flex items-center gap-[1.6vw] max-md:flex-wrap max-md:gap-4">
        <QrCode
          text={joinUrl}
          className={`shrink-0 ${lab.pods.length === 0 ? "size-[34vh]" : "size-[13vh]"} max-md:size-28`}
        />
        <div className="min-w-0 flex-1">
          <h1 className="truncate text-[2.6vh] leading-tight max-md:text-base">
            {lab.title === "" ? "Join this lab" : lab.title}
          </h1>
          <p className="font-mono text-[7vh] leading-tight font-semibold tracking-[0.08em] max-md:text-4xl">
            {lab.code}
          </p>
          <Address url={joinUrl} className="text-[2.6vh] leading-tight max-md:text-sm" />
        </div>
        {focus !== null && (
          <section aria-label={`Figures of ${focus.id}`} className="w-[46vw] shrink-0 max-md:w-full">
            <h2 className="mb-[0.6vh] text-[2.3vh] leading-tight font-semibold">{focus.id}</h2>
            <ScreenFigures pod={focus} />
          </section>
        )}
      </header>
      <main
        className={`grid min-h-0 flex-1 auto-rows-fr gap-[2vw] ${columns} max-md:grid-cols-1 max-md:auto-rows-auto max-md:gap-6`}
      >
        {lab.pods.map((pod) => (
          <section key={pod.id} aria-label={pod.id} className="relative flex min-h-0 flex-col">
            <div className="flex items-start justify-between gap-4">
              <h2 className="text-[3vh] leading-tight font-semibold">{pod.id}</h2>
              <Stopwatch pod={pod} small />
            </div>
            <div className="min-h-0 flex-1 max-md:h-52 max-md:flex-none">
              <TopologyMap pod={pod} scale={Math.max(0.5, (vh * 2) / 21)} heavy />
            </div>
            <NewestEvent pod={pod} events={timeline[pod.id] ?? []} />
            <SitesAloud pod={pod} several />
          </section>
        ))}
      </main>
      {focus !== null && (
        <section aria-label={`Timeline of ${focus.id}`}>
          <h2 className="text-[2.3vh] leading-tight font-semibold">{focus.id}, the last 90 seconds</h2>
          <Lanes
            pod={focus}
            events={timeline[focus.id] ?? []}
            windowMs={90_000}
            rowHeight={14}
            scale={Math.max(0.8, (vh * 2.2) / 13)}
          />
        </section>
      )}
    </>
  );
}

function NewestEvent({ pod, events }: { readonly pod: PodPicture; readonly events: readonly TraceEvent[] }) {
  const [newest] = tellable([...events].reverse(), namesOf(pod), 1, briefEvent);
  const [conflict] = pod.conflicts;
  const isConflictNewer = conflict !== undefined && conflict.atMs > (newest?.event.atMs ?? 0);
  return (
    <p className="line-clamp-2 min-h-[6vh] text-[2.3vh] leading-snug">
      {pod.waitingFor === null && isConflictNewer && conflict.lost && (
        <LossMark className="mr-[0.4vw] inline size-[1.8vh]" />
      )}
      {pod.waitingFor ?? (isConflictNewer ? conflict.text : newest?.sentence)}
    </p>
  );
}
