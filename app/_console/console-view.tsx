"use client";
import { useMemo, useState } from "react";
import type { LabPicture, PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import type { LabClient } from "@/lib/session/view-model";
import { FaultBoard } from "../_faults/fault-board";
import { Card } from "../_kit/card";
import { Choice } from "../_kit/choice";
import { Narrator } from "../_kit/narrator";
import { Notice } from "../_kit/notice";
import { PageHeader } from "../_kit/page-header";
import { namesOf } from "../_site/names";
import { Feed, tellable } from "../_timeline/feed";
import { Lanes } from "../_timeline/lanes";
import { TopologyMap } from "../_topology/topology-map";
import { ClassControls } from "./class-controls";
import { useCommands } from "./commands";
import { ConfigureCard } from "./configure-form";
import { FiguresCard } from "./figures-card";
import { JoinCard } from "./join-card";
import { SiteList } from "./site-list";
import { TrafficCard } from "./traffic-card";

/** The teacher's desk: who is here on the left, the pod and what can be done to it on the right. */
export function ConsoleView({
  client,
  lab,
  server,
  timeline,
  onErase,
}: {
  readonly client: LabClient;
  readonly lab: LabPicture;
  readonly server: "connected" | "away";
  readonly timeline: Readonly<Record<string, readonly TraceEvent[]>>;
  readonly onErase: () => void;
}) {
  const [podId, setPodId] = useState<string | null>(null);
  const pod = lab.pods.find(({ id }) => id === podId) ?? lab.pods[0];
  return (
    <div className="mx-auto min-h-dvh w-full max-w-[110rem] px-4 pb-16">
      <PageHeader title={lab.title} code={lab.code} />
      <main className="space-y-4">
        <h1 className="sr-only">Console of lab {lab.code}</h1>
        {server === "away" && (
          <Notice look="warn" title="The lab server is away">
            Nothing can be operated until it is back. Sites still talk to each other directly. This page
            connects again by itself.
          </Notice>
        )}
        {lab.pods.length > 1 && pod !== undefined && (
          <Choice
            label="Pod"
            hideLabel
            options={lab.pods.map(({ id }) => ({ value: id as string, text: id }))}
            value={pod.id as string}
            onChange={setPodId}
          />
        )}
        {pod === undefined ? (
          <div className="max-w-md">
            <JoinCard code={lab.code} />
          </div>
        ) : (
          <PodConsole
            key={pod.id}
            client={client}
            lab={lab}
            pod={pod}
            events={timeline[pod.id] ?? []}
            onErase={onErase}
          />
        )}
      </main>
    </div>
  );
}

type PodProps = {
  readonly client: LabClient;
  readonly lab: LabPicture;
  readonly pod: PodPicture;
  readonly events: readonly TraceEvent[];
  readonly onErase: () => void;
};

function PodConsole({ client, lab, pod, events, onErase }: PodProps) {
  const cities = pod.sites.map((site) => site.city).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: names change with the cities, not with each picture.
  const nameOf = useMemo(() => namesOf(pod), [cities]);
  const { run, actions } = useCommands(client, pod.id, nameOf);
  const [chosen, setChosen] = useState<string | null>(null);
  const newest = [...events].reverse();
  return (
    <>
      <ClassControls lab={lab} run={run} onErase={onErase} latest={actions[0]} />
      <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)] 2xl:grid-cols-[25rem_minmax(0,1fr)]">
        <div className="min-w-0 space-y-4">
          <JoinCard code={lab.code} />
          <SiteList pod={pod} run={run} chosen={chosen} />
          <FiguresCard pod={pod} />
          <TrafficCard pod={pod} run={run} />
        </div>
        <div className="min-w-0 space-y-4">
          <Card title={`Map of ${pod.id}`} aside={<p className="text-[0.875rem]">{pod.waitingFor}</p>}>
            <div className="-mx-2 h-[clamp(18rem,50vh,36rem)]">
              <TopologyMap pod={pod} chosen={chosen} onPick={setChosen} />
            </div>
          </Card>
          <FaultBoard pod={pod} run={run} actions={actions} nameOf={nameOf} />
          <ConfigureCard pod={pod} run={run} />
          <Card title="Timeline">
            <Lanes pod={pod} events={events} />
            <div className="mt-3 border-t border-line pt-2">
              <Feed events={newest} nameOf={nameOf} count={60} />
            </div>
          </Card>
        </div>
      </div>
      <Narrator
        sentences={[
          tellable(newest, nameOf, 1)[0]?.sentence ?? null,
          pod.conflicts[0]?.text ?? null,
          actions[0]?.result ?? null,
        ]}
      />
    </>
  );
}
