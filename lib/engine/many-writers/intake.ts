import type { ApplyRefusal } from "../../merge/store";
import { actorOf, streamOf } from "../../merge/write";
import type { SiteId } from "../../protocol/ids";
import type { ReplicatedOp } from "../../protocol/site/replicated-op";
import { note, persist, type Site } from "../site";
import { type Held, traced } from "./held";
import { createInbox } from "./inbox";
import type { Offset } from "./offset";
import { refusedFrom } from "./refusals";
import type { Repair } from "./repair";

/** Other sites' writes, from wherever they come, on their way into the store. */
export type Intake = {
  readonly receive: (from: SiteId, ops: readonly ReplicatedOp[]) => void;
  /** True while writes wait for others of their stream. */
  readonly hasGaps: () => boolean;
  /** Time has passed: what waited for the clock may take effect now. */
  readonly tick: () => void;
};

/** Kinds of refusals, by origin, that are counted at a time. */
const refusalsCounted = 100;

/** Takes writes in, each stream in order, journals them and asks for those that are missing. */
export function createIntake(site: Site, held: Held, repair: Repair, offset: Offset): Intake {
  const inbox = createInbox((op) => held.store.isDue(op) && offset.isNear(op.hlc));
  const refused = new Map<string, number>();

  /** Says so the first time and every hundredth, so that a flood of bad writes does not flood the trace. */
  function countRefusal(op: ReplicatedOp, refusal: ApplyRefusal): void {
    const name = `${op.origin} ${refusal}`;
    const count = (refused.get(name) ?? 0) + 1;
    // Names that a hostile site makes up are without number.
    if (refused.size >= refusalsCounted) refused.clear();
    refused.set(name, count);
    if (count % 100 === 1)
      note(site, `Refused ${op.opId} from ${refusedFrom(op.origin, refusal)}; ${count} so far.`);
  }

  /** Gives one write to the store; true when it was taken in. */
  function take(op: ReplicatedOp): "applied" | "early" | "done" {
    let outcome: "applied" | "early" | "done" = "done";
    const isKnown = (held.store.seen()[streamOf(op.origin, op.actor)] ?? 0) >= op.seq;
    if (!isKnown && !offset.isNear(op.hlc)) {
      offset.holdBack(op);
      return "early";
    }
    traced(site, held, "apply", op.op, () => {
      const applied = held.store.apply(op, site.now.wall);
      if (applied.kind === "early") outcome = "early";
      if (applied.kind === "refused") countRefusal(op, applied.refusal);
      if (applied.kind !== "applied") return null;
      if (applied.refusal !== null) countRefusal(op, applied.refusal);
      outcome = "applied";
      return { op };
    });
    return outcome;
  }

  /** Takes a write and then those that waited for it. */
  function takeInOrder(first: ReplicatedOp): ReplicatedOp[] {
    const outcome = take(first);
    if (outcome === "early") inbox.hold(streamOf(first.origin, first.actor), first);
    if (outcome !== "applied") return [];
    return [first, ...takeWaiting()];
  }

  /** Takes those that need not wait any longer. */
  function takeWaiting(): ReplicatedOp[] {
    const taken: ReplicatedOp[] = [];
    for (let op = inbox.next(); op !== null; op = inbox.next()) if (take(op) === "applied") taken.push(op);
    return taken;
  }

  function journal(taken: readonly ReplicatedOp[]): void {
    if (taken.length === 0) return;
    persist(
      site,
      taken.map((op) => ({ type: "op", op })),
    );
  }

  /** Nobody else can know a write of this life of this site that it does not know itself. */
  function isForged(op: ReplicatedOp): boolean {
    const { site: id, index } = site.identity;
    if (op.origin !== id || op.actor !== actorOf(index, held.life)) return false;
    return op.seq > (held.store.seen()[streamOf(op.origin, op.actor)] ?? 0);
  }

  return {
    receive(from, ops) {
      const taken: ReplicatedOp[] = [];
      for (const op of ops) {
        if (isForged(op)) countRefusal(op, "ACTOR_FORGED");
        else taken.push(...takeInOrder(op));
      }
      journal(taken);
      if (!inbox.isEmpty()) repair.ask(from);
    },
    hasGaps: () => !inbox.isEmpty(),
    tick: () => journal(takeWaiting()),
  };
}
