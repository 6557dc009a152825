import type { Verb } from "../../protocol/verb";
import type { ScenarioInput } from "../../scenario/schema";
import { ddmin } from "./ddmin";
import { writtenOut } from "./operations";

type TimedVerb = Verb & { readonly atMs: number };
type Site = ScenarioInput["sites"][number];

/** Makes a scenario smaller in one respect, as far as `fails` allows. */
export type Pass = (scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean) => ScenarioInput;

/** The passes in their order: those that save most time first (checking notes, 4.5). */
export const passes: readonly Pass[] = [
  shorten,
  (scenario, fails) => thinTimeline(scenario, fails, (verb) => verb.do !== "op"),
  dropTraffic,
  dropSites,
  writeOut,
  (scenario, fails) => thinTimeline(scenario, fails, (verb) => verb.do === "op"),
  simplifyNetwork,
  simplifyVerbs,
  roundTimes,
];

/** The schema reads a timeline from anything; that of a scenario which has been run is one of verbs. */
function timelineOf({ timeline = [] }: ScenarioInput): readonly TimedVerb[] {
  return timeline as readonly TimedVerb[];
}

function tryOut(
  scenario: ScenarioInput,
  change: Partial<ScenarioInput>,
  fails: (c: ScenarioInput) => boolean,
) {
  const candidate = { ...scenario, ...change };
  return fails(candidate) ? candidate : scenario;
}

/** Cuts off the end: nothing after the failure is needed. */
function shorten(scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean): ScenarioInput {
  let kept = scenario;
  for (const share of [0.125, 0.25, 0.5, 0.75, 0.9]) {
    kept = tryOut(kept, cutAt(kept, Math.ceil(kept.durationMs * share)), fails);
  }
  return kept;
}

function cutAt(scenario: ScenarioInput, durationMs: number): Partial<ScenarioInput> {
  const { traffic = [] } = scenario;
  return {
    durationMs,
    timeline: timelineOf(scenario).filter(({ atMs }) => atMs <= durationMs),
    traffic: traffic.filter(({ fromMs = 0 }) => fromMs < durationMs),
  };
}

function thinTimeline(
  scenario: ScenarioInput,
  fails: (candidate: ScenarioInput) => boolean,
  isMeant: (verb: TimedVerb) => boolean,
): ScenarioInput {
  const timeline = timelineOf(scenario);
  const withOnly = (part: readonly TimedVerb[]): ScenarioInput => {
    const kept = new Set(part);
    return { ...scenario, timeline: timeline.filter((verb) => !isMeant(verb) || kept.has(verb)) };
  };
  return withOnly(ddmin(timeline.filter(isMeant), (part) => fails(withOnly(part))));
}

/** Leaves out sessions, and the keys of those that stay. */
function dropTraffic(scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean): ScenarioInput {
  const rows = ddmin(scenario.traffic ?? [], (traffic) => fails({ ...scenario, traffic: [...traffic] }));
  let kept: ScenarioInput = { ...scenario, traffic: [...rows] };
  for (const i of rows.keys()) {
    for (const key of rows[i]?.keys ?? []) {
      const traffic = (kept.traffic ?? []).map((row, j) =>
        i === j && row.keys.length > 1 ? { ...row, keys: row.keys.filter((other) => other !== key) } : row,
      );
      kept = tryOut(kept, { traffic }, fails);
    }
  }
  return kept;
}

/** Leaves out one site after the other, and everything that names it. */
function dropSites(scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean): ScenarioInput {
  let kept = scenario;
  for (const site of [...scenario.sites].reverse()) {
    if (kept.sites.length > 1) kept = tryOut(kept, without(kept, idOf(site)), fails);
  }
  return kept;
}

function idOf(site: Site): string {
  return typeof site === "string" ? site : site.id;
}

function without(scenario: ScenarioInput, id: string): Partial<ScenarioInput> {
  const { sites, traffic = [], healOnly } = scenario;
  const core = healOnly?.filter((site) => site !== id);
  const timeline = timelineOf(scenario).filter((verb) => !isAbout(verb, id));
  return {
    sites: sites.filter((site) => idOf(site) !== id),
    traffic: traffic.filter((row) => row.site !== id),
    timeline: timeline.map((verb) => regrouped(verb, id)),
    ...(core === undefined ? {} : { healOnly: core }),
  };
}

function isAbout(verb: TimedVerb, id: string): boolean {
  if ("from" in verb) return verb.from === id || verb.to === id;
  return "site" in verb && verb.site === id;
}

function regrouped(verb: TimedVerb, id: string): TimedVerb {
  if (verb.do !== "partition") return verb;
  const groups = verb.groups.map((group) => group.filter((node) => node !== id));
  return { ...verb, groups: groups.filter((group) => group.length > 0) };
}

function writeOut(scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean): ScenarioInput {
  return (scenario.traffic ?? []).length === 0 ? scenario : tryOut(scenario, writtenOut(scenario), fails);
}

/** No chance in the network, and one delay for all links. */
function simplifyNetwork(
  scenario: ScenarioInput,
  fails: (candidate: ScenarioInput) => boolean,
): ScenarioInput {
  let kept = scenario;
  for (const plain of [{ lossPct: 0 }, { jitterMs: 0 }, { delayMs: 1 }, { delayMs: 10 }, { delayMs: 50 }]) {
    if ("delayMs" in plain && [1, 10].includes(Number(kept.network?.delayMs))) continue;
    kept = tryOut(kept, { network: { ...kept.network, ...plain } }, fails);
  }
  return kept;
}

/** Fields that a verb can do without, and values that can be what they usually are. */
function simplifyVerbs(scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean): ScenarioInput {
  let kept = scenario;
  const fields = ["jitterMs", "lossPct", "duplicatePct", "reorderPct", "bandwidthOps", "delayMs", "oneWay"];
  for (const [i, verb] of timelineOf(scenario).entries()) {
    for (const field of fields.filter((name) => name in verb && verb.do !== "disk")) {
      const timeline = timelineOf(kept).map((each, j) => (i === j ? withoutField(each, field) : each));
      kept = tryOut(kept, { timeline }, fails);
    }
  }
  return kept;
}

function withoutField(verb: TimedVerb, field: string): TimedVerb {
  return Object.fromEntries(Object.entries(verb).filter(([name]) => name !== field)) as TimedVerb;
}

/** Times that a person would have written. */
function roundTimes(scenario: ScenarioInput, fails: (candidate: ScenarioInput) => boolean): ScenarioInput {
  let kept = scenario;
  for (const step of [1000, 500, 100, 10]) {
    const round = (atMs: number) => Math.min(kept.durationMs, Math.round(atMs / step) * step);
    const all = timelineOf(kept).map((verb) => ({ ...verb, atMs: round(verb.atMs) }));
    const next = tryOut(kept, { timeline: all }, fails);
    if (next !== kept) return next;
    for (const i of timelineOf(kept).keys()) {
      const timeline = timelineOf(kept).map((verb, j) =>
        i === j ? { ...verb, atMs: round(verb.atMs) } : verb,
      );
      kept = tryOut(kept, { timeline }, fails);
    }
  }
  return kept;
}
