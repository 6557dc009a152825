import { unreachable } from "../kernel/assert";
import {
  type FaultState,
  healthyLink,
  healthySite,
  type LinkCondition,
  type SiteCondition,
} from "../protocol/faults";
import type { NodeId, SiteId } from "../protocol/ids";
import type { CommandVerb } from "../protocol/lab/command";
import type { VerbOf } from "../protocol/verb";

/** The verbs that change what is injected into a pod; the others act on tabs or on the coordinator. */
export type FaultVerb = VerbOf<
  | "partition"
  | "cut"
  | "mend"
  | "pull"
  | "plug"
  | "isolate"
  | "heal"
  | "link"
  | "clock"
  | "disk"
  | "apply"
  | "pause"
  | "resume"
>;
const faultVerbs: readonly string[] = [
  "partition",
  "cut",
  "mend",
  "pull",
  "plug",
  "isolate",
  "heal",
  "link",
  "clock",
  "disk",
  "apply",
  "pause",
  "resume",
] satisfies readonly FaultVerb["do"][];

/** True for the verbs that `reduceFaults` understands. */
export function isFaultVerb(verb: { readonly do: string }): verb is FaultVerb {
  return faultVerbs.includes(verb.do);
}

/** What `heal` goes back to: the condition of a link that nobody touched. */
export type Baseline = (from: NodeId, to: NodeId) => LinkCondition;
const healthy: Baseline = () => healthyLink;

/** One direction of one link as the faults stand. */
export function linkCondition(faults: FaultState, from: NodeId, to: NodeId): LinkCondition {
  return faults.links.find((link) => link.from === from && link.to === to)?.condition ?? healthyLink;
}

/** What is injected into one site. */
export function siteCondition(faults: FaultState, site: SiteId): SiteCondition {
  return faults.sites.find((entry) => entry.site === site)?.condition ?? healthySite;
}

/** True while nothing at all gets from one node to the other. */
export function isSevered(faults: FaultState, from: NodeId, to: NodeId): boolean {
  const { cut, pulled } = linkCondition(faults, from, to);
  return cut || pulled;
}

/**
 * The faults of a pod after one verb; pure, so that the server, the simulator and a replay agree.
 * `partition` silences links between groups and mends none: unnamed sites form one further group,
 * `coordinator` and `edge` keep all their links unless they are named. `heal` takes every link back
 * to `baseline`; what is wrong with a site stays. `version` rises by one with every verb.
 */
export function reduceFaults(
  faults: FaultState,
  verb: FaultVerb,
  sites: readonly SiteId[],
  baseline: Baseline = healthy,
): FaultState {
  return { ...applied(faults, verb, sites, baseline), version: faults.version + 1 };
}

function applied(
  faults: FaultState,
  verb: FaultVerb,
  sites: readonly SiteId[],
  baseline: Baseline,
): FaultState {
  switch (verb.do) {
    case "partition":
      return withLinks(faults, crossing(verb.groups, sites), { cut: true });
    case "cut":
      return withLinks(faults, directions(verb), { cut: true });
    case "mend":
      return withLinks(faults, directions(verb), { cut: false });
    case "pull":
      return withLinks(faults, directions({ ...verb, oneWay: false }), { pulled: true });
    case "plug":
      return withLinks(faults, directions({ ...verb, oneWay: false }), { pulled: false });
    case "isolate":
      return withLinks(faults, around(verb.site, sites), { cut: true });
    case "heal":
      return { ...faults, links: baselineLinks(sites, baseline) };
    case "link": {
      const { do: _do, from: _from, to: _to, oneWay: _oneWay, ...change } = verb;
      return withLinks(faults, directions(verb), change);
    }
    case "clock":
      return withSite(faults, verb.site, (site) => clockChanged(site, verb));
    case "disk":
      return withSite(faults, verb.site, (site) => ({ ...site, diskDelayMs: verb.delayMs }));
    case "apply":
      return withSite(faults, verb.site, (site) => ({ ...site, applyPerSec: verb.opsPerSec }));
    case "pause":
      return withSite(faults, verb.site, (site) => ({ ...site, paused: true }));
    case "resume":
      return withSite(faults, verb.site, (site) => ({ ...site, paused: false }));
    default:
      return unreachable(verb);
  }
}

/** `skewMs` sets the distance from true time, `jumpMs` adds to it, `driftPpm` changes the rate. */
function clockChanged(site: SiteCondition, verb: VerbOf<"clock">): SiteCondition {
  const limitMs = 86_400_000;
  const skewMs = (verb.skewMs ?? site.skewMs) + (verb.jumpMs ?? 0);
  return {
    ...site,
    skewMs: Math.max(-limitMs, Math.min(limitMs, skewMs)),
    driftPpm: verb.driftPpm ?? site.driftPpm,
  };
}

type Direction = readonly [from: NodeId, to: NodeId];
type LinkChange = { readonly [Field in keyof LinkCondition]?: LinkCondition[Field] | undefined };

function directions(link: { from: NodeId; to: NodeId; oneWay: boolean }): Direction[] {
  return link.oneWay
    ? [[link.from, link.to]]
    : [
        [link.from, link.to],
        [link.to, link.from],
      ];
}

/** Every direction between members of different groups. */
function crossing(groups: readonly (readonly NodeId[])[], sites: readonly SiteId[]): Direction[] {
  const named = new Set(groups.flat());
  const all = [...groups, sites.filter((site) => !named.has(site))];
  return all.flatMap((group, index) =>
    group.flatMap((from) =>
      all.flatMap((other, at) => (at === index ? [] : other.map((to): Direction => [from, to]))),
    ),
  );
}

function around(site: SiteId, sites: readonly SiteId[]): Direction[] {
  const others: NodeId[] = [...sites.filter((other) => other !== site), "coordinator", "edge"];
  return others.flatMap((other): Direction[] => [
    [site, other],
    [other, site],
  ]);
}

function baselineLinks(sites: readonly SiteId[], baseline: Baseline): FaultState["links"] {
  const nodes: NodeId[] = [...sites, "coordinator", "edge"];
  return nodes.flatMap((from) =>
    nodes.flatMap((to) => {
      const condition = baseline(from, to);
      return from === to || isHealthy(condition) ? [] : [{ from, to, condition }];
    }),
  );
}

function withLinks(faults: FaultState, changed: readonly Direction[], change: LinkChange): FaultState {
  const links = new Map(faults.links.map((link) => [`${link.from}>${link.to}`, link]));
  const defined = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  for (const [from, to] of changed) {
    if (from === to) continue;
    const condition = { ...linkCondition(faults, from, to), ...defined };
    if (isHealthy(condition)) links.delete(`${from}>${to}`);
    else links.set(`${from}>${to}`, { from, to, condition });
  }
  return { ...faults, links: [...links.values()] };
}

function withSite(
  faults: FaultState,
  site: SiteId,
  change: (condition: SiteCondition) => SiteCondition,
): FaultState {
  const condition = change(siteCondition(faults, site));
  const others = faults.sites.filter((entry) => entry.site !== site);
  return { ...faults, sites: isWell(condition) ? others : [...others, { site, condition }] };
}

function isWell(condition: SiteCondition): boolean {
  return (Object.keys(healthySite) as (keyof SiteCondition)[]).every(
    (field) => condition[field] === healthySite[field],
  );
}

function isHealthy(condition: LinkCondition): boolean {
  return (Object.keys(healthyLink) as (keyof LinkCondition)[]).every(
    (field) => condition[field] === healthyLink[field],
  );
}

/** The nodes that a verb names; all of them must exist in the pod for the verb to make sense. */
export function nodesNamed(verb: CommandVerb): readonly NodeId[] {
  if ("from" in verb) return [verb.from, verb.to];
  if (verb.do === "partition") return verb.groups.flat();
  return "site" in verb && verb.site !== "route" ? [verb.site] : [];
}
