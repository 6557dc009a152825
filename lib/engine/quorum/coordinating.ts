import type { Json } from "../../kernel/json";
import { tooManyLeft, unsettled } from "../../merge/siblings";
import { applyWrite } from "../../merge/typed-value";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import type { WriteOperation } from "../../protocol/operation";
import type { Version } from "../../protocol/site/quorum";
import type { Vector } from "../../protocol/vector";
import { cityOf, listOf } from "../../protocol/words";
import { fail, finish } from "../answer";
import type { Request } from "../request";
import { whenDurable } from "../site";
import { type Circle, type Coordinator, circleOf, quotaIn, refuses } from "./circle";
import { read } from "./reading";
import { markOf } from "./sessions";
import { hasTooMany, streamIn, take, versionsHere } from "./state";
import { contentOf, contextOf, join, none, presentIn, shownOf, type Versions, wholeOf } from "./version";

/** A fraction of a ms: what one coordinator stamps is later than all that it stamped before (Cassandra). */
const stampStepMs = 1 / 1024;

/** Does a client's request: the owners of its key are asked, whether or not this site is one. */
export function coordinate(by: Coordinator, request: Request): void {
  const { op } = request;
  const circle = circleOf(by, op.key);
  if (op.f !== "get") change(by, request, op, circle);
  else if (!refuses(by, request, circle, "r")) read(by, request, circle, (found) => show(by, request, found));
}

function show({ state }: Coordinator, request: Request, found: Versions): void {
  const { value, version } = shownOf(found);
  const context = state.rule === "siblings" ? { context: contextOf(found) } : {};
  answer(state, request, value, version, { ...context, ...markOf(state, found[0] ?? null) });
}

function answer(
  { site }: Coordinator["state"],
  request: Request,
  value: Json,
  version: string | null,
  told: object,
): void {
  const served = { servedBy: site.identity.site, epoch: site.leadership.epoch };
  finish(site, request, { status: "ok", value, version, ...served, ...told });
}

function change(by: Coordinator, request: Request, op: WriteOperation, circle: Circle): void {
  const { state } = by;
  const { held, guests } = state;
  const isNew = !held.has(op.key) && !guests.has(op.key);
  if (isNew && held.size + guests.size >= limits.keysPerSite) {
    const why = `A site holds at most ${limits.keysPerSite} keys, deleted ones and those that it keeps for others included.`;
    fail(state.site, request, { error: "TOO_MANY_KEYS", why });
    return;
  }
  if (refuses(by, request, circle, "w")) return;
  const context = knownTo(by, request, op);
  if (context !== null) write(by, request, circle, { op, value: undefined, context });
  else if (!refuses(by, request, circle, "r"))
    read(by, request, circle, (found) => changeWhatIsFound(by, request, op, found));
}

/**
 * What a write's session has read of the key; null where the write must read first. Last write wins asks
 * nobody; beside siblings a put replaces what it names, and everything else works on what is there.
 */
function knownTo({ state }: Coordinator, { token }: Request, { f }: WriteOperation): Vector | null {
  if (f !== "put" && f !== "delete") return null;
  if (state.rule === "lww") return {};
  if (token.context === "held") return null;
  return token.context ?? (f === "put" ? {} : null);
}

/** Works on what a quorum shows. Between its read and its write others may write: nothing stops them. */
function changeWhatIsFound(by: Coordinator, request: Request, op: WriteOperation, found: Versions): void {
  const { site } = by.state;
  const present = presentIn(found);
  const isWhole = op.f === "put" || op.f === "delete";
  if (by.state.rule === "siblings" && present.length > 1 && !isWhole) {
    fail(site, request, unsettled(op, present.length, shownOf(found).value));
    return;
  }
  const result = applyWrite(
    by.state.rule === "siblings" ? contentOf(present[0] ?? null) : wholeOf(found),
    op,
  );
  if (!result.ok) {
    fail(site, request, result.error);
    return;
  }
  const circle = circleOf(by, op.key);
  if (refuses(by, request, circle, "w")) return;
  const context = contextOf(found);
  if (op.f === "patch" && isByField(by, found, op.field)) {
    const value = { type: "record", value: { [op.field]: op.value } } as const;
    write(by, request, circle, { op, value, field: op.field, context });
  } else write(by, request, circle, { op, value: isWhole ? undefined : result.value, context });
}

/** With `lww.unit: field` a field has a version of its own, as a column of Cassandra's has, up to so many. */
function isByField({ state: { site, rule } }: Coordinator, found: Versions, field: string): boolean {
  if (rule !== "lww" || site.view?.cluster.lww.unit !== "field") return false;
  const parts = found.filter((version) => version.field !== undefined);
  return parts.length < limits.siblingsMost || parts.some((version) => version.field === field);
}

type Change = Pick<Version, "value" | "field"> & { readonly op: WriteOperation; readonly context: Vector };

/** Sends a version to all owners, and answers once enough of them have it on their disks. */
function write(by: Coordinator, request: Request, circle: Circle, made: Change): void {
  const { state, post, hints, waits } = by;
  const { site } = state;
  const me = site.identity.site;
  const { owners, standIns } = circle;
  const version = versionOf(by, request, made);
  if (hasTooMany(state, version)) {
    fail(site, request, tooManyLeft(version.key));
    return;
  }
  const value = made.op.f === "increment" ? (made.value?.value ?? null) : null;
  const needed = quotaIn(by, circle, "w");
  const has = new Set<SiteId>();
  request.mayHaveHappened = true;
  waits.add(request, () => {
    const who = has.size === 0 ? "No site" : `Only ${listOf([...has].map(cityOf))}`;
    const why = `${who} confirmed it, and a write needs ${needed?.words}: nothing is taken back, so it may yet be seen.`;
    return { error: "TIMEOUT", why };
  });
  const count = (site: SiteId) => {
    has.add(site);
    if (needed?.isMet(has)) answer(state, request, value, version.opId, markOf(state, version));
  };
  const others = owners.filter((owner) => owner !== me);
  if (owners.includes(me)) {
    take(state, version, "append");
    for (const owner of others) hints.owe(owner, version, false);
  } else hints.host(version, others, "append");
  if (owners.includes(me) || standIns.has(me)) whenDurable(site, () => count(me));
  // Of siblings a site that has a later write of this one has the earlier too: else who read that had not read this.
  const isWhole = state.rule === "lww" && version.field === undefined;
  const parcel = isWhole ? [version] : join(state.rule, versionsHere(state, version.key), [version]);
  const tell = () => {
    for (const owner of others) {
      post.write(owner, parcel, null, (site) => {
        hints.confirm(site, version);
        count(site);
      });
    }
    for (const [standIn, owner] of standIns) {
      if (standIn !== me) post.write(standIn, parcel, owner, count);
    }
  };
  // A crash could take back what is not on this disk, and another write would get its dot.
  if (state.rule === "siblings") whenDurable(site, tell);
  else tell();
}

function versionOf(
  { state }: Coordinator,
  { opId }: Request,
  { op, value, field, context }: Change,
): Version {
  const { site } = state;
  const stream = streamIn(state);
  const { wall } = site.now;
  // No clock tells two writes of one ms apart; what was seen first came first.
  const seen = [...versionsHere(state, op.key), ...(state.known.get(op.key) ?? none)];
  const now = seen.filter(({ stamp }) => stamp < wall + 1).map(({ stamp }) => stamp + stampStepMs);
  state.lastStamp = Math.max(wall, state.lastStamp + stampStepMs, ...now);
  return {
    ...{ key: op.key, opId, op, value, stamp: state.lastStamp, site: site.identity.site, stream },
    shadow: { ...site.shadow, [stream]: (site.shadow[stream] ?? 0) + 1 },
    ...(field !== undefined && { field }),
    ...(state.rule === "siblings" && { context }),
  };
}
