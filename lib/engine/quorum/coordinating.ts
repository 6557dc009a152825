import type { Json } from "../../kernel/json";
import type { Refusal } from "../../merge/refusal";
import { applyWrite } from "../../merge/typed-value";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import type { WriteOperation } from "../../protocol/operation";
import type { Version } from "../../protocol/site/quorum";
import { cityOf, listOf } from "../../protocol/words";
import { fail, finish, giveUp, isOpen } from "../answer";
import type { Request } from "../request";
import { whenDurable } from "../site";
import type { Hints } from "./hints";
import type { Post } from "./post";
import { type Quota, quotaOf } from "./quota";
import type { Reach } from "./reach";
import { floorsOf, isFresh, markOf } from "./sessions";
import { learn, ownersIn, type Quorum, streamIn, take } from "./state";
import { compareVersions, contentOf, newestOf } from "./version";

/** What a site does for its own clients: it asks the owners of a key, whether or not it is one. */
export type Coordinating = {
  readonly onRequest: (request: Request) => void;
  /** Gives up what has waited for a quorum for too long. */
  readonly tick: () => void;
};

/** Whom one request concerns: the owners of its key, and those that stand in for some of them. */
type Circle = {
  readonly owners: readonly SiteId[];
  /** By stand-in: the owner it stands in for. Empty where quorums are strict. */
  readonly standIns: ReadonlyMap<SiteId, SiteId>;
};

/** A request under way, and what to say should it come to nothing. */
type Waiting = { readonly request: Request; readonly sinceMono: number; readonly why: () => Refusal };

/** A fraction of a ms: what one coordinator stamps is later than all that it stamped before (Cassandra). */
const stampStepMs = 1 / 1024;

/** No request is open. */
export function createCoordinating(state: Quorum, post: Post, hints: Hints, reach: Reach): Coordinating {
  const { site } = state;
  const me = site.identity.site;
  const waiting = new Map<Request, Waiting>();

  function circleOf(key: string): Circle {
    const owners = ownersIn(state, key);
    const standIns = new Map<SiteId, SiteId>();
    if (site.view?.cluster.quorum.sloppy !== true) return { owners, standIns };
    const spare = state.ring.from(key).filter((member) => !owners.includes(member) && reach.isUp(member));
    for (const owner of owners.filter((each) => !reach.isUp(each))) {
      const next = spare.shift();
      if (next !== undefined) standIns.set(next, owner);
    }
    return { owners, standIns };
  }

  function quota({ owners }: Circle, kind: "r" | "w"): Quota | null {
    const { view } = site;
    return view === null ? null : quotaOf(view, me, owners, view.cluster.quorum[kind]);
  }

  /** Refuses at once what cannot succeed; nothing has been sent then. */
  function refuses(request: Request, circle: Circle, kind: "r" | "w"): boolean {
    const needed = quota(circle, kind);
    const up = [...circle.owners.filter(reach.isUp), ...circle.standIns.keys()];
    if (needed?.isMet(up)) return false;
    const who = up.length === 0 ? "none" : `only ${listOf(up.map(cityOf))}`;
    const verb = kind === "r" ? "read" : "write";
    const why = `A ${verb} needs ${needed?.words ?? "sites"}, and of those that hold "${request.op.key}" ${who} can be reached.`;
    fail(site, request, { error: "UNAVAILABLE", why });
    return true;
  }

  function answer(request: Request, value: Json, version: Version | null): void {
    const served = { servedBy: me, epoch: site.leadership.epoch };
    const marked = { ...served, ...markOf(state, version) };
    finish(site, request, { status: "ok", value, version: version?.opId ?? null, ...marked });
  }

  function wait(request: Request, why: () => Refusal): void {
    waiting.set(request, { request, sinceMono: site.now.mono, why });
  }

  /** Reads from a quorum, repairs what it found behind as the axes say, and hands the newest on. */
  function read(request: Request, circle: Circle, done: (newest: Version | null) => void): void {
    const needed = quota(circle, "r");
    const answers = new Map<SiteId, Version | null>();
    /** Owners that are known to have what will be answered; null until that is decided. */
    let holders: Set<SiteId> | null = null;
    const floors = floorsOf(state, request);
    let newest: Version | null = null;
    let isDone = false;

    const conclude = () => {
      if (isDone || !isOpen(site, request) || holders === null || !needed?.isMet(holders)) return;
      isDone = true;
      done(newest);
    };
    const bringUpToDate = (by: SiteId, version: Version) => {
      const onDisk = () => {
        holders?.add(by);
        conclude();
      };
      if (by !== me) post.write(by, [version], null, onDisk);
      else {
        take(state, version, "repair");
        whenDurable(site, onDisk);
      }
    };
    const check = (by: SiteId, version: Version | null) => {
      const readRepair = site.view?.cluster.repair.readRepair ?? "none";
      const isBehind = newest !== null && (version === null || compareVersions(version, newest) < 0);
      const isRepaired = isBehind && readRepair !== "none" && circle.owners.includes(by);
      if (!isRepaired || readRepair === "async") holders?.add(by);
      if (newest !== null && isRepaired) bringUpToDate(by, newest);
    };
    const onAnswer = (by: SiteId, version: Version | null) => {
      answers.set(by, version);
      const isEverybody = circle.owners.every((owner) => answers.has(owner));
      const best = newestOf(answers.values());
      const isEnough = needed?.isMet(answers.keys()) && isFresh(best, floors, isEverybody);
      if (holders !== null) check(by, version);
      else if (isEnough) {
        newest = best;
        if (newest !== null) learn(state, newest);
        holders = new Set();
        for (const [each, found] of answers) check(each, found);
      }
      conclude();
    };

    wait(request, () =>
      needed?.isMet(answers.keys()) && holders === null
        ? {
            error: "STALE",
            why: `The sites that answered hold less of "${request.op.key}" than this session has written or read.`,
          }
        : {
            error: "TIMEOUT",
            why: `Only ${answers.size} sites answered, and a read needs ${needed?.words}.`,
          },
    );
    for (const owner of [...circle.owners, ...circle.standIns.keys()]) {
      if (owner !== me) post.read(owner, request.op.key, onAnswer);
    }
    if (circle.owners.includes(me) || circle.standIns.has(me)) {
      const version = state.held.get(request.op.key) ?? state.guests.get(request.op.key) ?? null;
      // What a crash could still take back is not shown to anybody.
      whenDurable(site, () => onAnswer(me, version));
    }
  }

  /** Sends a version to all owners, and answers once enough of them have it on their disks. */
  function write(request: Request, circle: Circle, version: Version, value: Json): void {
    const { owners, standIns } = circle;
    const needed = quota(circle, "w");
    const has = new Set<SiteId>();
    request.mayHaveHappened = true;
    wait(request, () => {
      const who = has.size === 0 ? "No site" : `Only ${listOf([...has].map(cityOf))}`;
      const why = `${who} confirmed it, and a write needs ${needed?.words}: nothing is taken back, so it may yet be seen.`;
      return { error: "TIMEOUT", why };
    });
    const count = (by: SiteId) => {
      has.add(by);
      if (needed?.isMet(has)) answer(request, value, version);
    };
    const others = owners.filter((owner) => owner !== me);
    if (owners.includes(me)) {
      take(state, version, "append");
      for (const owner of others) hints.owe(owner, version, false);
    } else hints.host(version, others, "append");
    if (owners.includes(me) || standIns.has(me)) whenDurable(site, () => count(me));
    for (const owner of others) {
      post.write(owner, [version], null, (by) => {
        hints.confirm(by, version);
        count(by);
      });
    }
    for (const [standIn, owner] of standIns) {
      if (standIn !== me) post.write(standIn, [version], owner, count);
    }
  }

  function versionOf(request: Request, op: WriteOperation, value: Version["value"]): Version {
    const stream = streamIn(state);
    state.lastStamp = Math.max(site.now.wall, state.lastStamp + stampStepMs);
    return {
      ...{ key: op.key, opId: request.opId, op, value, stamp: state.lastStamp, site: me, stream },
      shadow: { ...site.shadow, [stream]: (site.shadow[stream] ?? 0) + 1 },
    };
  }

  /** Works on what a quorum shows. Between its read and its write others may write: nothing stops them. */
  function readModifyWrite(request: Request, op: WriteOperation, newest: Version | null): void {
    const result = applyWrite(contentOf(newest), op);
    if (!result.ok) {
      fail(site, request, result.error);
      return;
    }
    const circle = circleOf(op.key);
    if (refuses(request, circle, "w")) return;
    const value = op.f === "increment" ? (result.value?.value ?? null) : null;
    write(request, circle, versionOf(request, op, result.value), value);
  }

  function onWrite(request: Request, op: WriteOperation, circle: Circle): void {
    if (!state.held.has(op.key) && state.held.size >= limits.keysPerSite) {
      const why = `A site holds at most ${limits.keysPerSite} keys, deleted ones included.`;
      fail(site, request, { error: "TOO_MANY_KEYS", why });
      return;
    }
    if (refuses(request, circle, "w")) return;
    if (op.f === "put" || op.f === "delete") write(request, circle, versionOf(request, op, undefined), null);
    else if (!refuses(request, circle, "r"))
      read(request, circle, (newest) => readModifyWrite(request, op, newest));
  }

  return {
    onRequest(request) {
      const { op } = request;
      const circle = circleOf(op.key);
      if (op.f !== "get") onWrite(request, op, circle);
      else if (!refuses(request, circle, "r"))
        read(request, circle, (newest) => answer(request, contentOf(newest)?.value ?? null, newest));
    },
    tick() {
      const patienceMs = site.view?.cluster.detector.timeoutMs ?? 0;
      for (const { request, sinceMono, why } of [...waiting.values()]) {
        if (!isOpen(site, request)) waiting.delete(request);
        else if (site.now.mono - sinceMono >= patienceMs) {
          waiting.delete(request);
          giveUp(site, request, why());
        }
      }
    },
  };
}
