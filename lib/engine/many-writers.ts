import { digestOf } from "../kernel/digest";
import { canonicalJson, type Json } from "../kernel/json";
import { createMergeStore } from "../merge/store";
import { actorOf } from "../merge/write";
import { mergeRules } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import { valuesIn } from "../protocol/siblings";
import type { Copy, SiteMessage } from "../protocol/site/message";
import { fail, finish } from "./answer";
import { createForgetting, dataDigestOf, type Forgetting, forgetsInTime } from "./many-writers/forgetting";
import { type Held, ruleOf, streamsOf, traced } from "./many-writers/held";
import { createIntake, type Intake } from "./many-writers/intake";
import { lostBeside, lostTo } from "./many-writers/leaving";
import { createNewcomer, type Newcomer } from "./many-writers/newcomer";
import { createOffset, type Offset } from "./many-writers/offset";
import { createOutbox, type Outbox } from "./many-writers/outbox";
import { refusedFrom } from "./many-writers/refusals";
import { createRepair, type Repair } from "./many-writers/repair";
import { mergeIn } from "./many-writers/returning";
import { createRights, type Rights } from "./many-writers/rights";
import { createSessions, type Sessions } from "./many-writers/sessions";
import { createStamps, type Stamps } from "./many-writers/stamps";
import type { Mode, ModeSnapshot } from "./mode";
import type { Request } from "./request";
import { note, persist, type Site, setTimer, whenDurable } from "./site";
import type { JournalRecord } from "./types";

/** The mode's working parts. */
type Parts = {
  readonly site: Site;
  readonly held: Held;
  readonly outbox: Outbox;
  readonly repair: Repair;
  readonly intake: Intake;
  readonly offset: Offset;
  readonly rights: Rights;
  readonly sessions: Sessions;
  readonly stamps: Stamps;
  readonly forgetting: Forgetting;
  readonly newcomer: Newcomer;
};

/**
 * Active-active (SPEC.md, rules M): every site takes writes, answers from its own data, tells the others
 * and repairs what they missed. No lease and no coordinator is needed for any of it.
 */
export function createManyWriters(site: Site): Mode {
  const held = emptyHeld(site, site.identity.incarnation);
  const offset = createOffset(site);
  const stamps = createStamps(site);
  const forgetting = createForgetting(site, held, stamps);
  const repair = createRepair(site, held, offset, forgetting);
  const outbox = createOutbox(site);
  const parts: Parts = {
    ...{ site, held, repair, outbox, offset, stamps, forgetting },
    newcomer: createNewcomer(site, held, stamps),
    intake: createIntake(site, held, repair, offset),
    rights: createRights(site, held, outbox, (request, op) => write(parts, request, op)),
    sessions: createSessions(site, held),
  };
  /** The journal is read to its end first: the life it names must be known before anything is taken in. */
  const replayed: JournalRecord[] = [];

  return {
    kind: "merge",
    onRequest: (request) => onRequest(parts, request),
    onMessage: (from, message) => onMessage(parts, from, message),
    onLink(peer, up) {
      if (up) repair.tell(peer);
    },
    onTimer(id) {
      if (id === "anti-entropy") antiEntropy(parts);
      if (id !== "resend") return;
      parts.rights.tick();
      parts.sessions.tick();
      parts.intake.tick();
      if (parts.intake.hasGaps()) repair.askAll();
    },
    onView() {
      held.rule = ruleOf(site.view);
      held.store.setAppRules(site.view?.cluster.app.rules ?? []);
      antiEntropy(parts);
    },
    onRecorded() {},
    replay: (record) => replayed.push(record),
    recovered: () => recover(parts, replayed.splice(0)),
    copy: () => ({ ...held.store.copy(), ...bounded(stamps.bound()) }),
    install: (copy) => install(parts, copy),
    portable: () => ({
      keys: held.store.portable(held.rule),
      shadow: held.store.seen(),
      lost: lostBeside(site, held),
    }),
    adopt: ({ keys, shadow }) => held.store.seed(keys, shadow),
    journal: () => [
      { type: "life", incarnation: held.life, ...(held.isNew && { isNew: true }) },
      ...stamps.journal(),
      { type: "copy", copy: held.store.copy(), generation: site.generation },
    ],
    standing: () => ({ role: "primary", reason: "Every site takes writes in this mode." }),
    beatFields: () => ({
      position: positionOf(parts),
      seenDigest: digestOf(canonicalJson(held.store.seen())),
      syncSet: [],
    }),
    position: () => positionOf(parts),
    end: () => null,
    lostTo: (copy) => lostTo(site, held, copy),
    snapshot: () => snapshotOf(parts),
    dataDigest: () => dataDigestOf(held),
  };
}

/** Whoever starts from a copy here must not stamp lower than what has been forgotten here. */
function bounded(stampsFrom: number | null): { readonly stampsFrom?: number } {
  return stampsFrom === null ? {} : { stampsFrom };
}

function emptyHeld(at: Site, life: number): Held {
  const { view, identity } = at;
  const store = createMergeStore(identity.site, actorOf(identity.index, life), view?.cluster.lww);
  return { store, rule: ruleOf(view), life, isNew: isReplaced(at), forgotten: new Map(), told: new Map() };
}

/** True where this site had a disk before, and others may have forgotten deletions because it had seen them. */
function isReplaced({ blank, identity, view }: Site): boolean {
  return blank && identity.incarnation > 1 && view?.cluster.repair.tombstoneMs === "stable";
}

function onRequest(parts: Parts, request: Request): void {
  const { op } = request;
  const refusal = parts.newcomer.refusal();
  if (refusal !== null) fail(parts.site, request, refusal);
  else
    parts.sessions.admit(request, () => (op.f === "get" ? read(parts, request) : write(parts, request, op)));
}

/** Answers from this site's own data; what a crash could still take back is not shown to anybody. */
function read({ site, held, outbox, sessions }: Parts, request: Request): void {
  const { op } = request;
  const { value, version } = held.store.read(held.rule, op.key);
  const context = held.store.context(op.key);
  const mark = sessions.mark(held.store.seen);
  const answer = () => finish(site, request, { ...okHere(site, value, version), context, ...mark });
  // With a mark the session may come to rest on any write that is here.
  if (outbox.mayVanish(op.key) || mark.mark !== undefined) whenDurable(site, answer);
  else answer();
}

/** Accepts a write here; its answer and its copies to the others leave once it is on this site's disk. */
function write(parts: Parts, request: Request, op: WriteOperation): void {
  const { site, held, outbox, rights, sessions, offset, stamps } = parts;
  const { opId, session, token } = request;
  const tooFast = offset.refusal();
  if (tooFast !== null) {
    fail(site, request, tooFast);
    return;
  }
  const context = token.context ?? null;
  let value: Json = null;
  const accepted = traced(site, held, "append", op, () => {
    const holders = streamsOf(site, held);
    const wall = stamps.wall();
    const asked = { opId, session, op, wall, context, holders, deps: sessions.depsOf(request) };
    const result = held.store.accept(asked, held.rule);
    if (!result.ok) {
      const { error } = result.error;
      const isShort = error === "RIGHTS_EXHAUSTED" && held.rule === "bounded";
      if (!isShort || !rights.wait(request, op, result.error)) fail(site, request, result.error);
      return null;
    }
    value = result.value.value;
    return result.value;
  });
  if (accepted === null) return;
  const { [held.store.stream]: seq = 0 } = held.store.seen();
  const mark = sessions.mark(() => ({ [held.store.stream]: seq }));
  request.mayHaveHappened = true;
  persist(site, [{ type: "op", op: accepted.op }]);
  outbox.add(accepted);
  whenDurable(site, () => {
    outbox.flush();
    const told = { ...contextAfter(parts, request, accepted.op.seq), ...mark };
    finish(site, request, { ...okHere(site, value, opId), ...told });
  });
  warnOfSiblings(site, held, op.key);
}

/** A revision tree tells a writer the revision that it made, as CouchDB does; it may build upon that. */
function contextAfter({ held }: Parts, { token: { context } }: Request, seq: number) {
  if (held.rule !== "revision-tree") return {};
  const known = context === undefined || context === "held" ? {} : context;
  return { context: { ...known, [held.store.stream]: seq } };
}

function okHere(site: Site, value: Json, version: string | null) {
  const { epoch } = site.leadership;
  return { status: "ok", value, version, servedBy: site.identity.site, epoch } as const;
}

function warnOfSiblings(site: Site, held: Held, key: string): void {
  const { value, beside } = held.store.read(held.rule, key);
  const count = beside?.length ?? 1;
  if (valuesIn(value) !== null && count === limits.siblingsWarn)
    note(site, `The key "${key}" now holds ${count} values side by side, and nobody has settled them.`);
}

/** One-writer messages that are still under way after a change of mode mean nothing here. */
function onMessage(parts: Parts, from: SiteId, message: SiteMessage): void {
  const { site, repair, intake, rights, sessions, offset, newcomer } = parts;
  if (!("generation" in message) || message.generation !== site.generation) return;
  if (message.type === "ops") intake.receive(from, message.ops);
  if (message.type === "clock-ahead") offset.onTold(from, message.byMs);
  if (message.type === "digest") repair.onDigest(from, message);
  if (message.type === "rights") rights.onAsked(message);
  if (message.type === "copy") mergeCopy(parts, from, message.copy);
  newcomer.look();
  if (message.type !== "ops" && message.type !== "copy") return;
  rights.retry();
  sessions.retry();
}

/** A peer's log no longer reached back to what is missing here, so it sent everything it has. */
function mergeCopy({ site, held, offset }: Parts, from: SiteId, copy: Copy): void {
  // One from the future is asked for again, until the clock here has come that far.
  if (copy.kind !== "merge" || !offset.isNear(copy.hlc)) return;
  const refusal = mergeIn(site, held, from, copy);
  if (refusal !== null) note(site, `Refused a copy from ${refusedFrom(from, refusal)}.`);
  else persist(site, [{ type: "copy", copy, generation: site.generation }]);
}

/** Compares notes with everybody, now and again after `antiEntropyMs`. */
function antiEntropy({ site, repair, forgetting, newcomer }: Parts): void {
  if (site.view === null) return;
  newcomer.look();
  forgetting.round();
  repair.askAll();
  setTimer(site, "anti-entropy", site.view.cluster.repair.antiEntropyMs);
}

function recover({ site, held, stamps }: Parts, records: readonly JournalRecord[]): void {
  const last = records.findLast((record) => record.type === "life");
  Object.assign(held, emptyHeld(site, last?.incarnation ?? site.identity.incarnation));
  held.isNew = last?.isNew === true;
  const forgets = forgetsInTime(site);
  for (const record of records) {
    if (record.type === "stamps") stamps.restore(record.wallMs);
    if (record.type === "forget") for (const key of record.keys) held.store.bury(key, forgets);
    if (record.type === "op") held.store.apply(record.op, site.now.wall);
    if (record.type === "copy" && record.copy.kind === "merge")
      held.store.install(record.copy, site.now.wall, forgets);
  }
}

function install({ site, held, stamps }: Parts, copy: Copy): void {
  if (copy.kind !== "merge") return;
  held.isNew = false;
  if (copy.stampsFrom !== undefined) stamps.restore(copy.stampsFrom);
  const refusal = held.store.install(copy, site.now.wall, forgetsInTime(site));
  if (refusal !== null) note(site, `Could not read the copy: ${refusal}.`);
}

/** How much is held: the number of writes seen. There is no one log here that it could be a place in. */
function positionOf({ site, held }: Parts) {
  const lsn = Object.values(held.store.seen()).reduce((sum, n) => sum + n, 0);
  return { epoch: site.leadership.epoch, lsn };
}

function snapshotOf({ held: { store, rule }, forgetting, newcomer }: Parts): ModeSnapshot {
  return {
    lagOps: null,
    syncSet: [],
    keys: store.keys(rule),
    merges: Object.fromEntries(mergeRules.map((rule) => [rule, store.values(rule)])),
    receipts: store.receipts(),
    seen: store.seen(),
    cannotWrite: newcomer.refusal()?.why ?? null,
    tombstones: forgetting.remembered(),
  };
}
