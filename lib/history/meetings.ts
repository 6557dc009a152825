import { covers } from "../clock/vector";
import { unreachable } from "../kernel/assert";
import type { Json } from "../kernel/json";
import type { ErrorCode } from "../protocol/error-code";
import type { TraceEvent } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
import { createEras } from "./eras";
import { type Arrival, type EventOf, isArrival } from "./outcomes";
import { createRecent } from "./recent";
import { carries, fieldOf, isOfOneField, keepsUnread, merges } from "./write-kind";

/** One of the writes that met: where it was made, and what it was. */
type Made = { readonly op: string; readonly site: string; readonly f: string };

/** What became of writes to one key that had not seen each other, where they first met, or were kept from meeting. */
export type Meeting = { readonly atMs: number; readonly key: string } & (
  | { readonly outcome: "overwritten" | "merged" | "hidden"; readonly shown: Made; readonly other: Made }
  | { readonly outcome: "beside" | "ruled"; readonly sites: readonly string[]; readonly count: number }
  | { readonly outcome: "settled"; readonly site: string; readonly count: number }
  | { readonly outcome: "refused"; readonly site: string; readonly f: string; readonly why: string }
);

/** Watches a trace for writes that meet. Memory is bounded. */
type Meetings = {
  readonly add: (event: TraceEvent) => void;
  /**
   * The last few, newest first. `isLost` tells whether a write is overwritten unseen as things stand now: the
   * loser of one meeting may live on in a later write of its own site.
   */
  readonly latest: (count: number, isLost: (op: string) => boolean) => readonly Meeting[];
};

/** `over` is what its author replaced, or what it first met elsewhere where its author has not told yet. */
type Known = Made & { readonly arg: Json; readonly over: string | null; readonly shadow: Vector };

/** Refusals that another writer is the reason of, as the end of a sentence. */
const lateWords: Partial<Record<ErrorCode, string>> = {
  CERTIFICATION_FAILED: "another site was first",
  REVISION_CONFLICT: "it had not read the newest revision",
  RIGHTS_EXHAUSTED: "its site may not take so much by itself",
  TOO_MANY_SIBLINGS: "too many values wait to be settled",
};

const writesKept = 5_000;
const meetingsKept = 60;

/** Starts before the first event. */
export function createMeetings(): Meetings {
  const eras = createEras();
  const writes = createRecent<string, Known>(writesKept, () => undefined);
  const told = createRecent<string, true>(writesKept, () => undefined);
  let meetings: readonly Meeting[] = [];

  /** Every site sees the same two meet, and tells it: it is kept once. */
  function keep(name: string, meeting: Meeting): void {
    if (told.get(name) !== undefined) return;
    told.set(name, true);
    meetings = [meeting, ...meetings].slice(0, meetingsKept);
  }

  function onArrival(event: Arrival): void {
    const rule = eras.now()?.rule;
    const site = authorOf(event);
    const { op, f, arg, over, shadow } = event;
    if (site !== null && (event.kind === "append" || writes.get(op) === undefined))
      writes.set(op, { op, site, f, arg, over, shadow });
    if (rule === undefined) return;
    if (event.settled !== undefined) onSettled(event, event.settled.length);
    else if (event.beside !== undefined && rule !== "revision-tree") onBeside(event, event.beside, rule);
    else onPair(event, rule);
  }

  /** Where several writers are kept from meeting, the one that comes too late is refused. */
  function onRefusal({ id, f, key, atMs, error, servedBy, site }: EventOf<"fail" | "unknown">): void {
    const why = lateWords[error];
    if (why !== undefined)
      keep(`refused ${id}`, { atMs, key, outcome: "refused", site: servedBy ?? site, f, why });
  }

  function onSettled({ op, key, atMs, site }: Arrival, count: number): void {
    keep(`settled ${op}`, { atMs, key, outcome: "settled", site, count });
  }

  function onBeside({ key, atMs }: Arrival, ops: readonly string[], rule: string): void {
    const sites = [...new Set(ops.flatMap((op) => writes.get(op)?.site ?? []))];
    const outcome = rule === "app" ? "ruled" : "beside";
    keep(`beside ${[...ops].sort()}`, { atMs, key, outcome, sites, count: ops.length });
  }

  function onPair({ op, key, atMs, over, shows }: Arrival, rule: string): void {
    const shown = writes.get(shows ?? "");
    const other = writes.get(shows === op ? (over ?? "") : op);
    if (shown === undefined || other === undefined || !isConcurrent(shown, other)) return;
    const outcome = outcomeOf(rule, shown, other);
    if (outcome === null) return;
    const name = outcome === "merged" ? [shown.op, other.op].sort().join(" ") : other.op;
    keep(`${outcome} ${name}`, { atMs, key, outcome, shown: madeOf(shown), other: madeOf(other) });
  }

  return {
    add(event) {
      if (event.kind === "view") eras.onView(event);
      else if (isArrival(event)) onArrival(event);
      else if (event.kind === "fail") onRefusal(event);
    },
    latest: (count, isLost) =>
      meetings
        .filter((meeting) => meeting.outcome !== "overwritten" || isLost(meeting.other.op))
        .slice(0, count),
  };
}

/** The site that made a write: its stream is named after it, with a number once a disk was lost. */
function authorOf({ stream, kind, site }: Arrival): string | null {
  if (stream !== undefined) return stream.replace(/#\d+$/, "");
  return kind === "append" ? site : null;
}

function madeOf({ op, site, f }: Known): Made {
  return { op, site, f };
}

function isConcurrent(a: Known, b: Known): boolean {
  return a.op !== b.op && !covers(a.shadow, b.shadow) && !covers(b.shadow, a.shadow);
}

/** Null where the two did not get in each other's way, or where the trace cannot tell whose effect it is that shows. */
function outcomeOf(rule: string, shown: Known, other: Known): "overwritten" | "merged" | "hidden" | null {
  if (shown.f === "delete" && other.f === "delete") return null;
  if (isOfOneField(rule, shown.f) && isOfOneField(rule, other.f))
    return fieldOf(shown.arg) === fieldOf(other.arg) ? "overwritten" : null;
  if (merges(rule, shown) && merges(rule, other))
    return carries(shown, other) || shown.f === "put" ? "merged" : null;
  if (rule === "revision-tree") return "hidden";
  return keepsUnread(rule) ? null : "overwritten";
}

/** A meeting in one short sentence, legible from the last row; values stay on the seats. */
export function meetingSentence(meeting: Meeting, cityOf: (site: string) => string): string {
  return `"${meeting.key}": ${becameWords(meeting, cityOf)}.`;
}

function becameWords(meeting: Meeting, cityOf: (site: string) => string): string {
  switch (meeting.outcome) {
    case "overwritten": {
      const [shown, other] = pairWords(meeting, cityOf);
      return `${shown} overwrote ${other} unseen`;
    }
    case "merged": {
      const [shown, other] = pairWords(meeting, cityOf);
      return `${shown} and ${other} both count`;
    }
    case "hidden": {
      const [shown, other] = pairWords(meeting, cityOf);
      return `${shown} is shown, ${other} is kept out of sight`;
    }
    case "beside":
      return `${meeting.count} values from ${listed(meeting.sites, cityOf)} wait to be settled`;
    case "ruled":
      return `the application's rules decide on ${meeting.count} writes from ${listed(meeting.sites, cityOf)}`;
    case "settled":
      return `settled at ${cityOf(meeting.site)}, one value instead of ${meeting.count}`;
    case "refused":
      return `${cityOf(meeting.site)}'s ${meeting.f} is refused, ${meeting.why}`;
    default:
      return unreachable(meeting);
  }
}

type Pair = { readonly shown: Made; readonly other: Made };

/** "Virginia's put" and "Mumbai's": the second verb is said where it is another one. */
function pairWords({ shown, other }: Pair, cityOf: (site: string) => string): readonly [string, string] {
  const verb = other.f === shown.f ? "" : ` ${other.f}`;
  return [`${cityOf(shown.site)}'s ${shown.f}`, `${cityOf(other.site)}'s${verb}`];
}

function listed(sites: readonly string[], cityOf: (site: string) => string): string {
  const cities = sites.map(cityOf);
  if (cities.length < 2) return cities[0] ?? "several sessions";
  return `${cities.slice(0, -1).join(", ")} and ${cities.at(-1)}`;
}
