import type { SiteId } from "../../protocol/ids";
import type { View } from "../../protocol/view";
import { isOpen } from "../answer";
import type { Request } from "../request";
import { whenDurable } from "../site";
import { type Circle, type Coordinator, quotaIn } from "./circle";
import { floorsOf, isFresh } from "./sessions";
import { learn, take, versionsHere } from "./state";
import { join, none, type Versions } from "./version";

/** One read under way. */
type Read = {
  readonly by: Coordinator;
  readonly request: Request;
  readonly circle: Circle;
  readonly needed: ReturnType<typeof quotaIn>;
  readonly floors: ReturnType<typeof floorsOf>;
  readonly answers: Map<SiteId, Versions>;
  /** Besides the circle: where quorums are sloppy anybody may keep what this session has written or read. */
  readonly beyond: Map<SiteId, Versions | null>;
  /** What will be answered, and the owners that are known to have it; null until that is decided. */
  decided: { readonly found: Versions; readonly holders: Set<SiteId> } | null;
  isDone: boolean;
  readonly done: (found: Versions) => void;
};

/** Reads from a quorum, repairs what it found behind as the axes say, and hands what is newest on. */
export function read(
  by: Coordinator,
  request: Request,
  circle: Circle,
  done: (found: Versions) => void,
): void {
  const { state, post, waits } = by;
  const me = state.site.identity.site;
  const { key } = request.op;
  const asked = [...circle.owners, ...circle.standIns.keys()];
  const floors = floorsOf(state, request);
  const reading: Read = {
    ...{ by, request, circle, done, floors },
    needed: quotaIn(by, circle, "r"),
    answers: new Map(),
    beyond: floors.length > 0 ? membersBeyond(state.site.view, asked) : new Map(),
    decided: null,
    isDone: false,
  };
  waits.add(request, () => whyLate(reading));
  for (const one of [...asked, ...reading.beyond.keys()]) {
    if (one !== me) post.read(one, key, (from, versions) => onAnswer(reading, from, versions));
  }
  if (asked.includes(me) || reading.beyond.has(me)) {
    const versions = versionsHere(state, key);
    // What a crash could still take back is not shown to anybody.
    whenDurable(state.site, () => onAnswer(reading, me, versions));
  }
}

/** Every other member, none of which has answered yet; nobody where quorums are strict. */
function membersBeyond(view: View | null, asked: readonly SiteId[]): Map<SiteId, null> {
  const others = view?.members.filter((member) => !asked.includes(member)) ?? [];
  return new Map(view?.cluster.quorum.sloppy === true ? others.map((member) => [member, null]) : []);
}

function onAnswer(reading: Read, owner: SiteId, versions: Versions): void {
  const { answers, beyond, decided } = reading;
  (beyond.has(owner) ? beyond : answers).set(owner, versions);
  if (decided === null) decide(reading);
  else if (answers.has(owner)) check(reading, owner, versions);
  conclude(reading);
}

/** Enough have answered, and what they have is no older than what the session has seen. */
function decide(reading: Read): void {
  const { by, circle, needed, floors, answers } = reading;
  const { state } = by;
  const beyond = [...reading.beyond.values()];
  const isEverybody = circle.owners.every((each) => answers.has(each)) && !beyond.includes(null);
  const found = [...answers.values(), ...beyond].reduce<Versions>(
    (all, each) => join(state.rule, all, each ?? none),
    none,
  );
  if (!needed?.isMet(answers.keys()) || !isFresh(found[0] ?? null, floors, isEverybody)) return;
  for (const version of found) learn(state, version);
  reading.decided = { found, holders: new Set() };
  for (const [each, theirs] of answers) check(reading, each, theirs);
}

/** Counts an owner that has what will be answered, and repairs one that is behind. */
function check(reading: Read, owner: SiteId, versions: Versions): void {
  const { by, circle, decided } = reading;
  const { site, rule } = by.state;
  if (decided === null) return;
  const readRepair = site.view?.cluster.repair.readRepair ?? "none";
  const isBehind = join(rule, versions, decided.found) !== versions;
  const isRepaired = isBehind && readRepair !== "none" && circle.owners.includes(owner);
  if (!isRepaired || readRepair === "async") decided.holders.add(owner);
  if (isRepaired) bringUpToDate(reading, owner, decided);
}

function bringUpToDate(reading: Read, owner: SiteId, { found, holders }: NonNullable<Read["decided"]>): void {
  const { state, post } = reading.by;
  const onDisk = () => {
    holders.add(owner);
    conclude(reading);
  };
  if (owner !== state.site.identity.site) post.write(owner, found, null, onDisk);
  else {
    for (const version of found) take(state, version, "repair");
    whenDurable(state.site, onDisk);
  }
}

function conclude(reading: Read): void {
  const { by, request, needed, decided } = reading;
  if (reading.isDone || decided === null || !isOpen(by.state.site, request)) return;
  if (!needed?.isMet(decided.holders)) return;
  reading.isDone = true;
  reading.done(decided.found);
}

function whyLate({ request, needed, answers, decided }: Read) {
  if (needed?.isMet(answers.keys()) && decided === null) {
    const why = `The sites that answered hold less of "${request.op.key}" than this session has written or read.`;
    return { error: "STALE", why } as const;
  }
  const why = `Only ${answers.size} ${answers.size === 1 ? "site" : "sites"} answered, and a read needs ${needed?.words}.`;
  return { error: "TIMEOUT", why } as const;
}
