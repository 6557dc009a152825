"use client";
import dynamic from "next/dynamic";
import type { Cluster, MergeRule } from "@/lib/protocol/cluster";
import type { RunningSeat, Seat } from "@/lib/session/view-model";
import { KeyTable } from "../_keys/key-table";
import { OperationForm } from "../_keys/operation-form";
import { consequence, OperationLog, OperationResult } from "../_keys/operation-log";
import { Card } from "../_kit/card";
import { operationText } from "../_kit/format";
import { Narrator } from "../_kit/narrator";
import { PageHeader } from "../_kit/page-header";
import { type NameOf, namesOf } from "../_site/names";
import { describeEvent } from "../_timeline/describe";
import { Feed } from "../_timeline/feed";
import { ClusterStrip } from "./cluster-strip";
import { FailCard } from "./fail-card";
import { LinksCard } from "./links-card";
import { MonitorCard } from "./monitor-card";
import { MySite } from "./my-site";
import { Notices } from "./notices";

const DiscardedCard = dynamic(() => import("./discarded-card").then((file) => file.DiscardedCard));
const MergeCard = dynamic(() => import("../_merge/merge-card").then((file) => file.MergeCard));
const ConflictsCard = dynamic(() => import("../_merge/conflicts-card").then((file) => file.ConflictsCard));
const SharedPage = dynamic(() => import("../_page/shared-page").then((file) => file.SharedPage), {
  loading: () => <Card title="The shared page">Loading the shared page…</Card>,
});

/** A seat at work: my site left, the database in the middle, what happened right; one column on a phone, what is long last. */
export function SeatView({ seat, view }: { readonly seat: Seat; readonly view: RunningSeat }) {
  const nameOf = namesOf(view.podPicture);
  const { engine } = view;
  const cluster = engine.view?.cluster;
  return (
    <div className="mx-auto min-h-dvh w-full max-w-[100rem] px-4 pb-16">
      <PageHeader title={view.lab.title} code={view.lab.code} pod={view.pod} />
      <main className="space-y-4">
        <Notices seat={view} onRejoin={seat.rejoin} />
        {view.podPicture !== null && <ClusterStrip pod={view.podPicture} mine={view.site} />}
        <div className="grid items-start gap-4 lg:grid-cols-[17.5rem_minmax(0,1fr)] lg:grid-rows-[auto_1fr]">
          <MySite seat={view} nameOf={nameOf} />
          <div className="grid min-w-0 items-start gap-4 max-lg:contents lg:col-start-2 lg:row-span-2 lg:row-start-1 xl:grid-cols-[minmax(0,1fr)_20rem]">
            <div className="min-w-0 max-lg:contents lg:space-y-4">
              {engine.discarded.length > 0 && (
                <DiscardedCard
                  writes={withTold(view)}
                  site={view.site}
                  isOut={engine.diverged !== null}
                  nameOf={nameOf}
                  onDismiss={seat.dismissDiscarded}
                />
              )}
              <Card title="Use the database">
                <OperationForm onRun={(op) => void seat.run(op)} knownKeys={Object.keys(engine.keys)} />
                <OperationResult line={view.ops[0]} nameOf={nameOf} />
              </Card>
              {cluster !== undefined && mayConflict(cluster) && (
                <ConflictsCard engine={engine} cluster={cluster} run={seat.run} nameOf={nameOf} />
              )}
              <KeyTable keys={engine.keys} nameOf={nameOf} />
              <div className="min-w-0 space-y-4 empty:hidden max-lg:order-last">
                {cluster?.mode === "active-active" && cluster.merge !== "certify" && (
                  <MergeCard engine={engine} nameOf={nameOf} />
                )}
                {view.state === "running" && <SharedPage seat={seat} page={view.page} />}
              </div>
            </div>
            <div className="min-w-0 space-y-4">
              <OperationLog ops={view.ops} nameOf={nameOf} />
              <Card title="What happened here">
                <Feed events={view.story} nameOf={nameOf} />
              </Card>
            </div>
          </div>
          <div className="min-w-0 space-y-4 lg:col-start-1">
            <FailCard seat={seat} city={view.city} crashed={view.state === "crashed"} />
            {engine.monitor !== null && view.state === "running" && (
              <MonitorCard monitor={engine.monitor} nameOf={nameOf} />
            )}
            <LinksCard links={view.links} nameOf={nameOf} />
          </div>
        </div>
      </main>
      <Narrator sentences={[opNews(view, nameOf), storyNews(view, nameOf)]} />
    </div>
  );
}

/** True where two writes may meet that had not seen each other, and the seat can tell what became of them. */
function mayConflict(cluster: Cluster): cluster is Cluster & { readonly merge: MergeRule } {
  const { mode, merge } = cluster;
  return mode === "active-active" ? merge !== "certify" : mode === "quorum" && merge === "siblings";
}

/** The engine forgets at a crash whom it has answered; this tab's own list of operations does not. */
function withTold({ engine, ops }: RunningSeat): RunningSeat["engine"]["discarded"] {
  const told = new Set(ops.filter(({ outcome }) => outcome?.status === "ok").map(({ id }) => id));
  return engine.discarded.map((write) => (told.has(write.opId) ? { ...write, acknowledged: true } : write));
}

/** What became of the newest finished operation. */
function opNews(view: RunningSeat, nameOf: NameOf): string | null {
  const line = view.ops.find((candidate) => candidate.outcome !== null);
  if (line === undefined || line.outcome === null) return null;
  return `${operationText(line.op)}: ${line.outcome.status}, ${consequence(line, nameOf)}`;
}

/** The newest event of this site's story that has a sentence. */
function storyNews(view: RunningSeat, nameOf: NameOf): string | null {
  for (const event of view.story) {
    const sentence = describeEvent(event, nameOf);
    if (sentence !== null) return sentence;
  }
  return null;
}
