"use client";
import type { LabPicture, PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import { Address } from "../_join/address";
import { QrCode } from "../_join/qr-code";
import { Narrator } from "../_kit/narrator";
import { namesOf } from "../_site/names";
import { tellable } from "../_timeline/feed";
import { Lanes } from "../_timeline/lanes";
import { TopologyMap } from "../_topology/topology-map";
import { Legend } from "./legend";
import { ManyPods } from "./many-pods";
import { ScreenFeed } from "./screen-feed";
import { ScreenFigures } from "./screen-figures";
import { SitesAloud } from "./sites-aloud";
import { Stopwatch } from "./stopwatch";
import { useViewHeight } from "./view-height";

type Timeline = Readonly<Record<string, readonly TraceEvent[]>>;

/**
 * The projector: nothing to operate, legible from the last row, sizes by the height of the display and
 * its outer twentieth kept empty. One pod fills the map; several share it, one of them with its lanes and figures.
 */
export function ScreenView({
  lab,
  server,
  timeline,
  joinUrl,
}: {
  readonly lab: LabPicture;
  readonly server: "connected" | "away";
  readonly timeline: Timeline;
  readonly joinUrl: string;
}) {
  const [only, ...others] = lab.pods;
  return (
    <div className="flex h-dvh flex-col gap-[1.5vh] overflow-hidden p-[5vh_5vw] text-[clamp(0.8rem,2.3vh,2.4rem)] font-medium max-md:h-auto max-md:min-h-dvh max-md:p-4">
      {server === "away" && <Banner>The lab server is away. Sites still talk to each other.</Banner>}
      {lab.frozen && <Banner>Frozen by the teacher</Banner>}
      {only !== undefined && others.length === 0 ? (
        <OnePod lab={lab} pod={only} events={timeline[only.id] ?? []} joinUrl={joinUrl} />
      ) : (
        <ManyPods lab={lab} timeline={timeline} joinUrl={joinUrl} />
      )}
    </div>
  );
}

function Banner({ children }: { readonly children: string }) {
  return (
    <p
      role="status"
      className="border-[0.4vh] border-text px-[1.5vw] py-[0.8vh] text-[3.2vh] leading-tight font-semibold"
    >
      {children}
    </p>
  );
}

type OnePodProps = {
  readonly lab: LabPicture;
  readonly pod: PodPicture;
  readonly events: readonly TraceEvent[];
  readonly joinUrl: string;
};

function OnePod({ lab, pod, events, joinUrl }: OnePodProps) {
  const newest = [...events].reverse();
  const vh = useViewHeight() / 100;
  return (
    <main className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_26vw] gap-[2.5vw] max-md:flex max-md:flex-col-reverse max-md:justify-end max-md:gap-5">
      <div className="flex min-h-0 flex-col gap-[1.2vh] max-md:h-[26rem]">
        <section aria-label={pod.id} className="relative min-h-0 flex-1">
          <TopologyMap pod={pod} scale={Math.max(0.5, (vh * 2.7) / 21)} heavy />
          <SitesAloud pod={pod} several={false} />
        </section>
        <Lanes
          pod={pod}
          events={events}
          windowMs={90_000}
          rowHeight={pod.sites.length > 6 ? 14 : 19}
          scale={Math.max(0.8, (vh * 2.2) / 13)}
        />
        <Legend />
      </div>
      {/* The marks of wrong data stand left of the column. */}
      <div className="-ml-4 flex min-h-0 flex-col justify-between gap-[1.5vh] overflow-hidden pl-4">
        <div className="flex items-center gap-[1.2vw]">
          <QrCode text={joinUrl} className="size-[min(19vh,12vw)] shrink-0 max-md:size-28" />
          <h1 className="line-clamp-4 min-w-0 text-[2.3vh] leading-tight max-md:text-base">
            {lab.title === "" ? "Join this lab" : lab.title}
          </h1>
        </div>
        <div>
          <p className="font-mono text-[min(7.5vh,5.6vw)] leading-none font-semibold tracking-[0.04em] max-md:text-5xl">
            {lab.code}
          </p>
          <Address
            url={joinUrl}
            className="mt-[0.8vh] text-[min(2.4vh,1.4vw)] leading-tight max-md:text-lg"
          />
        </div>
        <Stopwatch pod={pod} />
        <ScreenFigures pod={pod} />
        <ScreenFeed pod={pod} events={newest} />
      </div>
      <Narrator
        sentences={[tellable(newest, namesOf(pod), 1)[0]?.sentence ?? null, pod.conflicts[0]?.text ?? null]}
      />
    </main>
  );
}
