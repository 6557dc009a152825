import { unreachable } from "../kernel/assert";
import { canonicalJson } from "../kernel/json";
import type { FaultState } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import type { Verb, VerbOf } from "../protocol/verb";
import { resolveCluster } from "../scenario/cluster";
import {
  type Baseline,
  type FaultVerb,
  isFaultVerb,
  isSevered,
  siteCondition,
} from "../scenario/fault-reducer";
import { presetOf } from "../scenario/preset-of";
import { createFaultBoard, type FaultBoard } from "./fault-board";
import type { Pod } from "./pod";

/** Whoever does what a timeline says: breaks, mends, starts and configures. */
export type Operator = {
  /** Does what a verb says, now. */
  readonly perform: (verb: Verb) => void;
  /** Puts the scenario's network in force, and lets everybody connect who can. */
  readonly begin: () => void;
  readonly connect: () => void;
  readonly faults: () => FaultState;
  /** The network is the scenario's again among these sites and the outsiders; the other sites are cut off. */
  readonly healOnly: (sites: readonly SiteId[]) => void;
  /** True when every link is as the scenario's network has it. */
  readonly isNetworkWhole: () => boolean;
};

type SiteVerb = Exclude<Verb, FaultVerb | VerbOf<"op">>;

/** Creates the operator of a pod. `baseline` is its network while nothing is wrong. */
export function createOperator(pod: Pod, baseline: Baseline): Operator {
  const { schedule, trace, coordinator, clients } = pod;
  const board = createFaultBoard(pod, baseline);
  coordinator.setFence((site, incarnation) => fence(pod, board, site, incarnation));

  function perform(verb: Verb): void {
    if (verb.do === "op") {
      clients.invoke(verb.session, verb.site, () => verb.op);
      return;
    }
    const { do: name, ...fields } = verb;
    const plain = JSON.parse(JSON.stringify(fields));
    const node = "site" in verb ? verb.site : "coordinator";
    trace.record(node, { kind: "fault", verb: name, fields: plain, cause: "planned" });
    if (!isFaultVerb(verb)) act(pod, board, verb);
    else if (verb.do !== "pause" || pod.host(verb.site)?.isUp()) {
      board.putInForce(board.after(verb));
      if (verb.do === "pause" && verb.forMs !== undefined) {
        schedule.after(verb.forMs, () => perform({ do: "resume", site: verb.site }));
      }
    }
  }

  return {
    perform,
    healOnly(only) {
      const fields = { only: [...only] };
      trace.record("coordinator", { kind: "fault", verb: "heal", fields, cause: "planned" });
      board.healOnly(only);
    },
    begin: () => board.putInForce(board.after({ do: "heal" })),
    connect: board.connect,
    faults: board.faults,
    isNetworkWhole: () => linksOf(board.faults()) === linksOf(board.after({ do: "heal" })),
  };
}

function act(pod: Pod, board: FaultBoard, verb: SiteVerb): void {
  const { coordinator, clients } = pod;
  switch (verb.do) {
    case "crash":
      crash(pod, board, verb.site, verb.disk);
      break;
    case "restart":
      pod.host(verb.site)?.start();
      board.connect();
      break;
    case "promote":
    case "failback":
    case "rejoin":
      coordinator.input((mono) => ({ type: verb.do, mono, site: verb.site }));
      break;
    case "resolve":
      clients.settle(verb.site, verb.key, verb.value);
      break;
    case "configure":
      configure(pod, verb);
      break;
    default:
      unreachable(verb);
  }
}

function crash(
  { host, clients, coordinator }: Pod,
  board: FaultBoard,
  site: SiteId,
  disk: "kept" | "lost",
): void {
  const crashed = host(site);
  if (crashed === undefined) return;
  crashed.crash(disk);
  clients.connectionLost(site, site);
  if (disk === "lost") coordinator.input((mono) => ({ type: "forget", mono, site }));
  // A process that is started again is not paused any more.
  if (siteCondition(board.faults(), site).paused) board.putInForce(board.after({ do: "resume", site }));
  else board.connect();
}

function configure({ coordinator, trace }: Pod, { cluster: patch }: VerbOf<"configure">): void {
  const before = coordinator.view().cluster;
  const after = resolveCluster(patch, before);
  if (after.ok) {
    const presets = { from: presetOf(before), to: presetOf(after.value) };
    coordinator.input((mono) => ({ type: "configure", mono, cluster: after.value, presets }));
  } else trace.record("coordinator", { kind: "note", text: `Refused: ${after.error.expected}` });
}

/** Whoever is in reach is switched off; whether one that is cut off still runs, nobody can know. */
function fence(pod: Pod, board: FaultBoard, site: SiteId, incarnation: number): boolean {
  const faults = board.faults();
  if (isSevered(faults, "coordinator", site) || isSevered(faults, site, "coordinator")) return false;
  const host = pod.host(site);
  if (host?.isUp() && host.incarnation() === incarnation) {
    const fields = { site, disk: "kept" };
    pod.trace.record(site, { kind: "fault", verb: "crash", fields, cause: "reaction" });
    crash(pod, board, site, "kept");
  }
  return true;
}

function linksOf({ links }: FaultState): string {
  return links
    .map((link) => canonicalJson(link))
    .sort()
    .join();
}
