"use client";
import { useEffect, useState } from "react";
import type { LabPicture, PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import { spokenAddress } from "../_join/join-url";
import { QrCode } from "../_join/qr-code";
import { Narrator } from "../_kit/narrator";
import { namesOf } from "../_site/names";
import { siteSentence } from "../_site/site-state";
import { tellable } from "../_timeline/feed";
import { Lanes } from "../_timeline/lanes";
import { TopologyMap } from "../_topology/topology-map";
import { Legend } from "./legend";
import { ScreenFeed } from "./screen-feed";
import { ScreenFigures } from "./screen-figures";
import { Stopwatch } from "./stopwatch";

/**
 * The projector: nothing to operate, legible from the last row. One pod fills the map; several share
 * it, with their figures each.
 */
export function ScreenView({
  lab,
  server,
  timeline,
  joinUrl,
}: {
  readonly lab: LabPicture;
  readonly server: "connected" | "away";
  readonly timeline: Readonly<Record<string, readonly TraceEvent[]>>;
  readonly joinUrl: string;
}) {
  const [first] = lab.pods;
  return (
    <div className="grid h-dvh grid-rows-[auto_minmax(0,1fr)_auto] gap-[1.6vh] overflow-hidden p-[4.5vh_4vw] text-[clamp(0.9rem,2.3vh,2rem)] font-medium">
      <header className="flex items-center justify-between gap-[3vw]">
        <div className="flex min-w-0 items-center gap-[1.6vw]">
          <QrCode text={joinUrl} className="size-[clamp(6rem,15vh,14rem)] shrink-0 max-sm:hidden" />
          <div className="min-w-0">
            <h1 className="truncate text-[2.3vh] leading-snug">
              {lab.title === "" ? "Join this lab" : lab.title}
            </h1>
            <p className="font-mono text-[clamp(2rem,7vh,6rem)] leading-none font-semibold tracking-[0.1em]">
              {lab.code}
            </p>
            <p className="mt-[0.6vh] truncate font-mono text-[2.3vh] leading-snug">
              {spokenAddress(joinUrl)}
            </p>
          </div>
        </div>
        {first !== undefined && lab.pods.length === 1 && <Stopwatch pod={first} />}
      </header>
      <main className={`grid min-h-0 gap-[2vw] ${lab.pods.length > 1 ? "auto-rows-fr grid-cols-2" : ""}`}>
        {lab.pods.map((pod) => (
          <PodOnScreen key={pod.id} pod={pod} several={lab.pods.length > 1} />
        ))}
        {lab.pods.length === 0 && (
          <p className="self-center text-center text-[5vh]">Open the address above, or scan the code.</p>
        )}
      </main>
      <footer className="min-h-0">
        {server === "away" && (
          <p className="text-[3vh] font-semibold">The lab server is away. Sites go on by themselves.</p>
        )}
        {lab.frozen && <p className="text-[3vh] font-semibold">Frozen by the teacher.</p>}
        {first !== undefined && lab.pods.length === 1 && (
          <OnePodFooter pod={first} events={timeline[first.id] ?? []} />
        )}
      </footer>
    </div>
  );
}

function PodOnScreen({ pod, several }: { readonly pod: PodPicture; readonly several: boolean }) {
  const scale = useUnit(several ? 0.019 : 0.026);
  return (
    <section aria-label={pod.id} className="relative flex min-h-0 flex-col">
      {several && (
        <div className="flex items-baseline justify-between gap-4">
          <h2 className="text-[2.6vh] font-semibold">{pod.id}</h2>
          <Stopwatch pod={pod} small />
        </div>
      )}
      <div className="min-h-0 flex-1">
        <TopologyMap pod={pod} scale={scale} heavy />
      </div>
      {several && <ScreenFigures pod={pod} />}
      <div className="sr-only">
        {pod.sites.map((site) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls; this is a thing with a state.
          <div key={site.id} role="group" aria-label={several ? `${site.city}, ${pod.id}` : site.city}>
            {siteSentence(site)}
          </div>
        ))}
      </div>
    </section>
  );
}

function OnePodFooter({ pod, events }: { readonly pod: PodPicture; readonly events: readonly TraceEvent[] }) {
  const nameOf = namesOf(pod);
  const newest = [...events].reverse();
  return (
    <>
      <div className="grid grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)] items-end gap-[2.5vw] max-md:grid-cols-1">
        <Lanes pod={pod} events={events} windowMs={90_000} rowHeight={pod.sites.length > 6 ? 20 : 30} />
        <ScreenFeed events={newest} nameOf={nameOf} waitingFor={pod.waitingFor} />
      </div>
      <div className="mt-[1.4vh] flex items-end justify-between gap-[3vw]">
        <ScreenFigures pod={pod} />
        <Legend />
      </div>
      <Narrator sentence={tellable(newest, nameOf, 1)[0]?.sentence ?? null} />
    </>
  );
}

/** CSS pixels a drawing unit, so that a city's name is `share` of the screen's height. */
function useUnit(share: number): number {
  const [height, setHeight] = useState(() => window.innerHeight);
  useEffect(() => {
    const measure = () => setHeight(window.innerHeight);
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return Math.max(0.6, (height * share) / 21);
}
