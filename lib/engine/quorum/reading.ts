import type { SiteId } from "../../protocol/ids";
import { isOpen } from "../answer";
import type { Request } from "../request";
import { whenDurable } from "../site";
import { type Circle, type Coordinator, quotaIn } from "./circle";
import { floorsOf, isFresh } from "./sessions";
import { learn, take, versionsHere } from "./state";
import { join, none, type Versions } from "./version";

/** Reads from a quorum, repairs what it found behind as the axes say, and hands what is newest on. */
export function read(
  by: Coordinator,
  request: Request,
  circle: Circle,
  done: (found: Versions) => void,
): void {
  const { state, post, waits } = by;
  const { site, rule } = state;
  const me = site.identity.site;
  const { key } = request.op;
  const needed = quotaIn(by, circle, "r");
  const answers = new Map<SiteId, Versions>();
  /** Owners that are known to have what will be answered; null until that is decided. */
  let holders: Set<SiteId> | null = null;
  const floors = floorsOf(state, request);
  /** Besides the circle: where quorums are sloppy anybody may keep what this session has written or read. */
  const beyond = new Map<SiteId, Versions | null>();
  let found = none;
  let isDone = false;

  const conclude = () => {
    if (isDone || !isOpen(site, request) || holders === null || !needed?.isMet(holders)) return;
    isDone = true;
    done(found);
  };
  const bringUpToDate = (owner: SiteId) => {
    const onDisk = () => {
      holders?.add(owner);
      conclude();
    };
    if (owner !== me) post.write(owner, found, null, onDisk);
    else {
      for (const version of found) take(state, version, "repair");
      whenDurable(site, onDisk);
    }
  };
  const check = (owner: SiteId, versions: Versions) => {
    const readRepair = site.view?.cluster.repair.readRepair ?? "none";
    const isBehind = join(rule, versions, found) !== versions;
    const isRepaired = isBehind && readRepair !== "none" && circle.owners.includes(owner);
    if (!isRepaired || readRepair === "async") holders?.add(owner);
    if (isRepaired) bringUpToDate(owner);
  };
  const onAnswer = (owner: SiteId, versions: Versions) => {
    (beyond.has(owner) ? beyond : answers).set(owner, versions);
    const elsewhere = [...beyond.values()];
    const isEverybody = circle.owners.every((each) => answers.has(each)) && !elsewhere.includes(null);
    const best = [...answers.values(), ...elsewhere].reduce<Versions>(
      (all, each) => join(rule, all, each ?? none),
      none,
    );
    const isEnough = needed?.isMet(answers.keys()) && isFresh(best[0] ?? null, floors, isEverybody);
    if (holders !== null && answers.has(owner)) check(owner, versions);
    else if (holders === null && isEnough) {
      found = best;
      for (const version of found) learn(state, version);
      holders = new Set();
      for (const [each, theirs] of answers) check(each, theirs);
    }
    conclude();
  };

  waits.add(request, () =>
    needed?.isMet(answers.keys()) && holders === null
      ? {
          error: "STALE",
          why: `The sites that answered hold less of "${key}" than this session has written or read.`,
        }
      : {
          error: "TIMEOUT",
          why: `Only ${answers.size} ${answers.size === 1 ? "site" : "sites"} answered, and a read needs ${needed?.words}.`,
        },
  );
  const asked = [...circle.owners, ...circle.standIns.keys()];
  if (floors.length > 0 && site.view?.cluster.quorum.sloppy === true)
    for (const member of site.view.members) if (!asked.includes(member)) beyond.set(member, null);
  for (const one of [...asked, ...beyond.keys()]) if (one !== me) post.read(one, key, onAnswer);
  if (asked.includes(me) || beyond.has(me)) {
    const versions = versionsHere(state, key);
    // What a crash could still take back is not shown to anybody.
    whenDurable(site, () => onAnswer(me, versions));
  }
}
