import type { SiteId } from "../protocol/ids";
import { seconds } from "../protocol/words";
import { firstRhythm } from "./phi";
import type { Member, Pod } from "./pod";
import type { CoordinatorInput, CoordinatorMemory, CoordinatorOutput } from "./types";
import { announce, firstView, issue, note } from "./view";

type Start = Extract<CoordinatorInput, { type: "start" }>;

/** A new pod, or one that the coordinator remembers after a restart. */
export function startPod(start: Start, outputs: CoordinatorOutput[]): Pod {
  const { mono: now, memory } = start;
  const pod = createPod(start);
  const turn = { pod, now, outputs };
  if (memory === null) announce(turn);
  else {
    note(turn, `The coordinator has restarted: it promotes nobody for ${seconds(memory.quietMs)}.`);
    // The plan behind a pause is not remembered; what it was for can be asked for again.
    if (memory.view.phase === "draining") {
      issue(
        turn,
        { phase: "serving" },
        "The coordinator restarted and gave up the change that was under way.",
      );
    }
  }
  return pod;
}

function createPod({ mono: now, members, cluster, memory }: Start): Pod {
  const view = memory?.view ?? firstView(members, cluster);
  return {
    members,
    sites: new Map(
      members.map((site) => [site, createMember(site, now, memory, view.cluster.detector.heartbeatMs)]),
    ),
    view,
    syncSet: memory?.syncSet ?? [],
    reign: memory?.reign ?? null,
    vacatedNumber: view.number,
    vacatedMono: now,
    isNew: memory === null,
    quietUntil: memory === null ? now : now + memory.quietMs,
    waitingSince: null,
    lastTick: null,
    change: null,
    wish: null,
    stopped: null,
    fenceAskedMono: null,
    recoveredMono: null,
    caughtUpSince: null,
    said: new Map(),
  };
}

/** After a restart the sites that a decision may wait for are watched from the start; they were here. */
function createMember(
  site: SiteId,
  now: number,
  memory: CoordinatorMemory | null,
  heartbeatMs: number,
): Member {
  const wasHere = memory !== null && (memory.reign?.primary === site || memory.syncSet.includes(site));
  return {
    site,
    status: wasHere ? "suspect" : "empty",
    countedFrom: now,
    rhythm: firstRhythm(heartbeatMs),
    incarnation: 0,
    connected: false,
    left: false,
    beatMono: null,
    report: null,
    lease: null,
    demotedBy: null,
    formerEnd: null,
  };
}
