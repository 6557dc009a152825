import type { Cluster } from "../protocol/cluster";
import { mergeRules } from "../protocol/cluster";
import type { SessionId, SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import { operationSchema, type WriteOperation } from "../protocol/operation";
import type { FullReport } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
import { settler } from "../protocol/verb";
import { type Arrival, type Completion, type EventOf, isArrival, isCompletion, isRead } from "./outcomes";
import { createReplaySites, type ReplaySites } from "./replay-sites";
import { isManyWriters } from "./split-brain";
import { vanishedIn } from "./vanished";

/** What every merge rule makes of one history, and what it did to the writes that met in it. */
export type Replay = Pick<FullReport, "merges" | "receipts">;

/** A replay on its way through a trace. */
type Play = {
  readonly sites: ReplaySites;
  /** What each session has read of each key. */
  readonly contexts: Map<string, Vector>;
  readonly answered: Set<string>;
  /** Receipts of the writes that were refused. */
  readonly refused: FullReport["receipts"];
  members: readonly SiteId[];
  /** The rule that served, and whether there were many writers for it to serve. */
  rule: string;
  isMany: boolean;
};

type Config = Pick<Cluster, "lww" | "app">;

/**
 * Carries the writes of a run out once more, at the sites, in the order and by the clocks that its trace has,
 * in stores that keep every merge rule side by side; in the end nobody lacks anything, and no deletion is
 * forgotten. A run of one writer is so told what many writers would have made of its writes,
 * those that it lost included.
 */
export function replayOf(events: readonly TraceEvent[], config: Config): Replay {
  const vanished = vanishedIn(events);
  let play = begin(config);
  let isEmptied = false;
  let generation = 0;
  for (const event of events) {
    if (event.kind === "view") {
      // The operator has emptied the pod: what it held before is no part of what it holds now.
      if (isEmptied && (event.generation ?? 0) > generation) {
        play = begin(config);
        isEmptied = false;
      }
      generation = Math.max(generation, event.generation ?? 0);
      onView(play, event);
    } else if (event.kind === "fault" && event.verb === "reset") isEmptied = true;
    else if (isArrival(event) && !vanished.has(event.op)) onArrival(play, event);
    else if (isCompletion(event)) onCompletion(play, event);
  }
  return end(play);
}

function begin(config: Config): Play {
  return {
    ...{ sites: createReplaySites(config), contexts: new Map(), answered: new Set(), refused: [] },
    ...{ members: [], rule: "", isMany: false },
  };
}

function onView(play: Play, { members, merge, mode }: EventOf<"view">): void {
  for (const member of members) play.sites.enter(member);
  play.members = members;
  play.rule = merge.replace(" by field", "");
  play.isMany = isManyWriters(mode);
}

function onArrival(play: Play, event: Arrival): void {
  const { sites, contexts } = play;
  const { op: name, f, key, over, settled = [] } = event;
  const store = sites.at(event.site as SiteId, event.kind === "append" ? event : undefined);
  // What a write met at its site had got there, be it in a copy.
  for (const met of [over, ...settled]) sites.bring(store, met);
  if (sites.isMade(name)) {
    sites.bring(store, name);
    return;
  }
  const session = sessionOf(name);
  const rights = rightsIn(event);
  if (rights !== null) {
    const moved = store.transfer({ session, wall: event.wallMs, key, ...rights });
    if (moved !== null) sites.keep(name, moved.op);
    return;
  }
  const op = operationSchema.safeParse({ f, key, ...argumentsOf(f, event.arg) });
  if (!op.success || op.data.f === "get") return;
  write(play, event, op.data, session === settler ? "held" : (contexts.get(nameOf(session, key)) ?? null));
}

/** Accepts a write where it was accepted, under the rule that served, or else under the first that takes it. */
function write(play: Play, event: Arrival, op: WriteOperation, context: Vector | "held" | null): void {
  const { sites, members, rule, contexts } = play;
  const store = sites.at(event.site as SiteId);
  const session = sessionOf(event.op);
  const holders = members.map(sites.streamOf);
  const request = { opId: event.op, session, op, wall: event.wallMs, context, holders };
  for (const each of [...mergeRules.filter((one) => one === rule), ...mergeRules]) {
    const result = store.accept(request, each);
    if (!result.ok) continue;
    const { op: made } = result.value;
    sites.keep(event.op, made);
    sites.noteReceipts(store);
    // Who edits a document is told its revision, and may build upon that.
    if (rule === "revision-tree" && context !== "held")
      contexts.set(nameOf(session, op.key), { ...context, [store.stream]: made.seq });
    return;
  }
}

function onCompletion({ sites, contexts, answered, refused, rule, isMany }: Play, event: Completion): void {
  const { id, kind, f, key, session } = event;
  if (answered.has(id)) return;
  answered.add(id);
  if (kind === "ok" && isRead(f)) {
    const store = sites.at(event.servedBy as SiteId);
    sites.bring(store, event.version);
    contexts.set(nameOf(session, key), store.context(key));
  }
  if (kind === "fail" && !isRead(f) && isMany)
    refused.push({ op: id, key, merge: rule, outcome: "refused", by: null, why: event.why });
}

function end({ sites, refused }: Play): Replay {
  const { store, receipts } = sites.gather();
  const merges = mergeRules.map((rule) => [rule, store?.values(rule) ?? {}] as const);
  const told = receipts.map(({ op, key, merge, outcome, by, why }) => {
    return { op, key, merge, outcome, by, why };
  });
  return {
    merges: Object.fromEntries(merges) as Replay["merges"],
    receipts: [...told, ...refused.slice(-limits.receiptsReported)],
  };
}

function nameOf(session: string, key: string): string {
  return JSON.stringify([session, key]);
}

function sessionOf(opId: string): SessionId {
  return opId.slice(0, opId.lastIndexOf(":")) as SessionId;
}

/** The inverse of `argOf`. */
function argumentsOf(f: string, arg: Arrival["arg"]): object {
  switch (f) {
    case "put":
    case "add":
    case "remove":
      return { value: arg };
    case "increment":
      return { by: arg };
    case "reserve":
      return { amount: arg };
    default:
      return arg !== null && typeof arg === "object" ? arg : {};
  }
}

/** The rights to a bounded counter that a site passed on to another stream; null for every other write. */
function rightsIn({ f, arg }: Arrival): { readonly to: string; readonly amount: number } | null {
  if (f !== "increment" || arg === null || typeof arg !== "object" || !("rights" in arg)) return null;
  const [first] = Object.entries(arg.rights ?? {});
  return first === undefined ? null : { to: first[0], amount: Number(first[1]) };
}
