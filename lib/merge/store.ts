import { receiveHlc, sendHlc } from "../clock/hlc";
import { covers } from "../clock/vector";
import { canonicalJson, type Json } from "../kernel/json";
import { err, ok, type Result } from "../kernel/result";
import { type AppRule, type MergeRule, mergeRules } from "../protocol/cluster";
import { type OpId, opIdOf, type SessionId, type SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import type { MergeCopy, StampedKey } from "../protocol/site/merge-copy";
import { incarnationsPerSite, type ReplicatedOp, type TypedValue } from "../protocol/site/replicated-op";
import type { StoredKey } from "../protocol/site/stored-key";
import type { Hlc, Vector } from "../protocol/vector";
import { fieldOf, setApart } from "./apart";
import { deltasOf } from "./app-rule";
import type { UpdateRefusal } from "./crdt-guard";
import { bury, type Grave, gravesOf, returningIn } from "./graves";
import { lwwOrders } from "./lww";
import { packValues } from "./lww-value";
import type { LoggedOp } from "./op-log";
import { planWrite } from "./plan";
import { type LeftBeside, leftBeside, portableKeys } from "./portable";
import type { Receipt } from "./receipts";
import type { Refusal } from "./refusal";
import { revise } from "./revision-rule";
import type { Shown, ShownKey } from "./rule-view";
import { type Context, contextOf } from "./siblings";
import { copyState, installCopy, seedKeys } from "./store-copy";
import {
  contextAt,
  createState,
  leavesAt,
  readKey,
  type StampedBy,
  type State,
  touchApart,
  versionOf,
} from "./store-state";
import { mayAgree, takeWrite } from "./take";
import { streamOf } from "./write";

/** A client's write at this site. `wall` is the site's wall clock, in ms. */
export type WriteRequest = {
  readonly opId: OpId;
  readonly session: SessionId;
  readonly op: WriteOperation;
  readonly wall: number;
  /** What the client's session has read of the key. */
  readonly context: Context;
  /** The streams that share a bounded counter, this site's own among them. */
  readonly holders: readonly string[];
  /** What must have taken effect at every other site before this does; it has here. */
  readonly deps?: Vector | null;
};

/** A wish for rights to a bounded counter. */
export type TransferRequest = Pick<WriteRequest, "session" | "wall"> & {
  readonly key: string;
  readonly to: string;
  readonly amount: number;
};

/** `value` is what the client hears: the new value of a counter, else null. */
export type Accepted = LoggedOp & { readonly value: Json };

/** Why another site's write was not taken in at all, or (an `UpdateRefusal`) not by the `crdt` rule. */
export type ApplyRefusal = UpdateRefusal | "ACTOR_FORGED" | "TOO_MANY_KEYS";

/** `early`: writes before it in its stream, or that it depends on, are missing here. */
export type Applied =
  | { readonly kind: "applied"; readonly bytes: number; readonly refusal: UpdateRefusal | null }
  | { readonly kind: "duplicate" | "early" }
  | { readonly kind: "refused"; readonly refusal: ApplyRefusal };

/**
 * What an active-active site holds: every merge rule side by side, fed by the same writes. State moves
 * between stores as single writes (`accept` → `apply`) and as whole copies (`copy` → `install`); both
 * commute and repeat harmlessly, so equal `seen` vectors mean equal digests under every rule.
 */
export type MergeStore = {
  /** Takes a write of this site if the rule that serves allows it, and stamps it for the others. */
  readonly accept: (request: WriteRequest, served: MergeRule) => Result<Accepted, Refusal>;
  /** Passes rights to a bounded counter on to another stream, as many as there are; null where there are none. */
  readonly transfer: (request: TransferRequest) => LoggedOp | null;
  /** What each stream may still use of a bounded counter. */
  readonly rights: (key: string) => Vector;
  /** The name of this site's own stream. */
  readonly stream: string;
  readonly apply: (op: ReplicatedOp, wall: number) => Applied;
  /** True where `apply` would not find it early. */
  readonly isDue: (op: ReplicatedOp) => boolean;
  readonly read: (rule: MergeRule, key: string) => Shown;
  /** What a reader of the key has now read. */
  readonly context: (key: string) => Vector;
  readonly version: (rule: MergeRule, key: string) => string | null;
  /** What a write of this kind meets at a site: its field where fields are stamped one by one, else the key. */
  readonly versionMet: (rule: MergeRule, op: WriteOperation) => string | null;
  readonly keys: (rule: MergeRule) => Readonly<Record<string, ShownKey>>;
  readonly values: (rule: MergeRule) => Readonly<Record<string, Json>>;
  readonly digest: (rule: MergeRule) => string;
  readonly receipts: () => readonly Receipt[];
  /** How many writes of each stream are in here. */
  readonly seen: () => Vector;
  /** What the next write's shadow will cover, itself apart. */
  readonly past: () => Vector;
  readonly hlc: () => Hlc;
  /** The writes that a store with this `seen` lacks; `copy` where the log no longer has them all. */
  readonly missingFor: (seen: Vector) => readonly LoggedOp[] | "copy";
  readonly copy: () => MergeCopy;
  /** Puts the application's rules in force: what is held stays, what is shown may change. */
  readonly setAppRules: (rules: readonly AppRule[]) => void;
  /**
   * Merges a copy in; null when it was, else nothing has changed. What either side has seen and does not
   * hold is gone, unless `forgets`: where deletions are forgotten after a time, such a value comes back.
   */
  readonly install: (copy: MergeCopy, wall: number, forgets?: boolean) => UpdateRefusal | null;
  /** The writes of a copy that were seen here once, and of whose keys nothing is held any more. */
  readonly returning: (copy: MergeCopy) => readonly StampedKey[];
  /** The deletions that are remembered, key by key. */
  readonly graves: () => readonly Grave[];
  /** Forgets the deletions of a key; `fromLog` its writes too, so that a site without them gets a copy. */
  readonly bury: (key: string, fromLog: boolean) => void;
  /** Starts an empty store from a one-writer mode's keys. */
  readonly seed: (keys: readonly StoredKey[], shadow: Vector) => void;
  /** The keys as one rule shows them, for a one-writer mode. */
  readonly portable: (rule: MergeRule) => readonly StoredKey[];
  /** The values that have no place there: they stand beside the one that `portable` names. */
  readonly leftBeside: (rule: MergeRule) => readonly LeftBeside[];
};

const byTime: StampedBy = { order: "time", unit: "key" };

/** An empty store of one site; `actor` names this life of its disk (`actorOf`). */
export function createMergeStore(site: SiteId, actor: number, lww = byTime): MergeStore {
  const state = createState(site, actor, lww);
  state.owners.set(placeOf(actor), site);
  return {
    accept: (request, served) => accept(state, request, served),
    transfer: (request) => transfer(state, request),
    rights: (key) => state.accounts.holders(key),
    stream: state.stream,
    apply: (op, wall) => apply(state, op, wall),
    isDue: (op) => isDue(state, op),
    read: (rule, key) => readKey(state, rule, key),
    context: (key) => contextAt(state, "siblings", key),
    version: (rule, key) => versionOf(state, rule, key),
    versionMet: (rule, op) => versionMet(state, rule, op),
    keys: (rule) => state.views[rule].keys(),
    values: (rule) => state.views[rule].values(),
    digest: (rule) => state.views[rule].digest(),
    receipts: () => state.receipts.list(),
    seen: () => state.seen,
    past: () => ({ ...state.past }),
    hlc: () => state.hlc,
    missingFor: (seen) => missingFor(state, seen),
    setAppRules(rules) {
      if (canonicalJson(rules) === canonicalJson(state.app.rules)) return;
      state.app.rules = rules;
      for (const [key, held] of state.known) {
        if (held !== null && !mayAgree(state, key)) setApart(state, key);
        else if (held === null) state.views.app.touch(key);
      }
    },
    copy: () => copyState(state),
    install: (copy, wall, forgets = false) => installCopy(state, copy, wall, forgets),
    returning: (copy) => returningIn(state, copy),
    graves: () => gravesOf(state),
    bury: (key, fromLog) => bury(state, key, fromLog),
    seed: (keys, shadow) => seedKeys(state, keys, shadow),
    portable: (rule) => portableKeys(state, rule),
    leftBeside: (rule) => leftBeside(state, rule),
  };
}

function accept(state: State, request: WriteRequest, served: MergeRule): Result<Accepted, Refusal> {
  const { op, wall } = request;
  if (!state.known.has(op.key) && state.known.size >= limits.keysPerSite) {
    const why = `A site holds at most ${limits.keysPerSite} keys, deleted ones included.`;
    return err({ error: "TOO_MANY_KEYS", why });
  }
  const read = contextOf(contextAt(state, "siblings", op.key), op, request.context);
  const unread = !covers(read, contextAt(state, "siblings-vv", op.key));
  const wish = { ...request, read: { siblings: read, app: read, "siblings-vv": unread ? {} : read } };
  const { by: plans, rights } = planWrite(state, wish);
  const asServed = plans[served];
  if (!asServed.ok) return asServed;
  const refusedBy = mergeRules.filter((rule) => !plans[rule].ok);
  state.hlc = sendHlc(state.hlc, wall);
  const made = stampWrite(state, request, plans.crdt.ok);
  const tree = plans["revision-tree"];
  if (tree.ok) made.revision = revise(leavesAt(state, op.key), tree.value, request.context);
  if (Object.keys(read).length > 0) made.context = read;
  if (unread) made.unread = unread;
  if (rights !== null) made.rights = rights;
  if (refusedBy.length > 0) made.refusedBy = refusedBy;
  Object.assign(made, packValues(op, plans), editsBehind(state, op), deltasUnder(state, op, plans.app));
  takeWrite(state, made, refusedBy);
  const isCount = op.f === "increment" || op.f === "reserve";
  const value = isCount ? (asServed.value?.value ?? null) : null;
  return ok({ ...state.log.add(state.stream, made), value });
}

/** The next write of this site's stream, in the document already where `isMerged`: what is the same under every rule. */
function stampWrite(state: State, { opId, session, op, wall, deps }: WriteRequest, isMerged: boolean) {
  const { site: origin, actor, crdt, hlc, past, stream } = state;
  const seq = (state.seen[stream] ?? 0) + 1;
  const made: ReplicatedOp = {
    origin,
    actor,
    seq,
    opId,
    session,
    op,
    wallMs: wall,
    hlc,
    shadow: { ...past, [stream]: seq },
    update: isMerged ? crdt.write(op, opId, actor) : "",
  };
  if (crdt.isWaiting()) made.apart = true;
  return Object.assign(made, depsOf(state, deps));
}

/**
 * How many updates are behind a write, where that decides. Under `cosmos` they are the lives of an item:
 * a put of what its site knows as deleted begins a new one.
 */
function editsBehind({ lwwAxis, lww, known }: State, op: WriteOperation): Pick<ReplicatedOp, "edits"> {
  if (!lwwOrders[lwwAxis.order].includes("edits")) return {};
  const held = known.get(op.key) ?? lww.lww.get(op.key);
  const before = known.get(op.key)?.write.edits ?? lww.lww.edits(op.key, fieldOf(lwwAxis, op));
  if (lwwAxis.order !== "cosmos") return { edits: before + 1 };
  const isReborn = op.f !== "delete" && held?.value === null;
  return { edits: isReborn ? before + 1 : before };
}

/** What a write adds to the numbers that the application adds up. */
function deltasUnder(state: State, op: WriteOperation, plan: Result<TypedValue | null, Refusal>) {
  const { rules } = state.app;
  if (!plan.ok || rules.length === 0) return {};
  const { type, value } = readKey(state, "app", op.key);
  const before = type === null ? null : ({ type, value } as TypedValue);
  const deltas = deltasOf(op, before, plan.value, rules);
  return deltas === null ? {} : { deltas };
}

function transfer(state: State, { session, wall, key, to, amount }: TransferRequest): LoggedOp | null {
  const given = Math.min(amount, state.accounts.rights(key, state.stream));
  if (given <= 0 || to === state.stream) return null;
  state.hlc = sendHlc(state.hlc, wall);
  const { site: origin, actor, hlc } = state;
  const seq = (state.seen[state.stream] ?? 0) + 1;
  const moved: ReplicatedOp = {
    ...{ origin, actor, seq, opId: opIdOf(session, seq), session, wallMs: wall, hlc, update: "" },
    op: { f: "increment", key, by: 0 },
    shadow: { ...state.past, [state.stream]: seq },
    rights: { [to]: given },
  };
  takeWrite(state, moved, []);
  return state.log.add(state.stream, moved);
}

function versionMet(state: State, rule: MergeRule, op: WriteOperation): string | null {
  const field = fieldOf(state.lwwAxis, op);
  if (field === null || state.known.get(op.key) || (rule !== "lww" && rule !== "lww-hlc"))
    return versionOf(state, rule, op.key);
  return state.lww[rule].fieldTop(op.key, field)?.opId ?? null;
}

function apply(state: State, op: ReplicatedOp, wall: number): Applied {
  const stream = streamOf(op.origin, op.actor);
  if (op.seq <= (state.seen[stream] ?? 0)) return { kind: "duplicate" };
  if (!isDue(state, op)) return { kind: "early" };
  const place = placeOf(op.actor);
  if ((state.owners.get(place) ?? op.origin) !== op.origin)
    return { kind: "refused", refusal: "ACTOR_FORGED" };
  if (!state.known.has(op.op.key) && state.known.size >= limits.keysPerSite * limits.sitesPerPod) {
    return { kind: "refused", refusal: "TOO_MANY_KEYS" };
  }
  state.owners.set(place, op.origin);
  state.hlc = receiveHlc(state.hlc, op.hlc, wall);
  const refusedBy = op.refusedBy ?? [];
  const refusal = refusedBy.includes("crdt") ? null : mergeUpdate(state, op);
  takeWrite(state, op, refusal === null ? refusedBy : [...refusedBy, "crdt"]);
  const { bytes } = state.log.add(stream, op);
  return { kind: "applied", bytes, refusal };
}

function isDue({ seen }: State, { origin, actor, seq, deps }: ReplicatedOp): boolean {
  return seq <= (seen[streamOf(origin, actor)] ?? 0) + 1 && (deps === undefined || covers(seen, deps));
}

/** The writes before it in its own stream come first anyway. */
function depsOf({ stream }: State, deps: Vector | null | undefined): Pick<ReplicatedOp, "deps"> {
  const { [stream]: _, ...others } = deps ?? {};
  return Object.keys(others).length === 0 ? {} : { deps: others };
}

/** Items that were waiting for this update may belong to any key. */
function mergeUpdate(state: State, made: ReplicatedOp): UpdateRefusal | null {
  const { crdt, seen } = state;
  const { update, actor, origin, seq, shadow, op } = made;
  const wasWaiting = crdt.isWaiting();
  // Of its own stream all is here that came before it. What this site wrote itself, before it was
  // restarted, must be in the document before it writes there again.
  const isOurs = actor === state.actor;
  const isComplete = !isOurs && covers({ ...seen, [streamOf(origin, actor)]: seq }, shadow);
  const refusal = crdt.merge(update, { actor, key: op.key, isComplete });
  if (wasWaiting) touchApart(state);
  return refusal;
}

function missingFor(state: State, seen: Vector): readonly LoggedOp[] | "copy" {
  const missing: LoggedOp[] = [];
  for (const [stream, n] of Object.entries(state.seen)) {
    const theirs = seen[stream] ?? 0;
    if (theirs >= n) continue;
    const writes = state.log.since(stream, theirs);
    if (writes === null) return "copy";
    missing.push(...writes);
  }
  return missing;
}

function placeOf(actor: number): number {
  return Math.floor(actor / incarnationsPerSite);
}
