import { err, ok, type Result } from "../kernel/result";
import type { Cluster } from "../protocol/cluster";
import type { NodeId, SiteId } from "../protocol/ids";
import type { Verb } from "../protocol/verb";
import { type City, cities } from "./cities";
import { resolveCluster } from "./cluster";
import { unfitFor } from "./combinations";
import { nodesNamed } from "./fault-reducer";
import { jsonPath, type Problem, problemOf } from "./problem";
import { type ScenarioFile, scenarioSchema } from "./schema";

/** A scenario that can be run: every name looked up, every axis resolved, the timeline in order. */
export type Plan = Omit<ScenarioFile, "sites" | "cluster"> & {
  readonly sites: readonly City[];
  readonly cluster: Cluster;
};

/** Reads a scenario from parsed JSON or YAML. An error is the first thing that is wrong with it. */
export function planOf(value: unknown): Result<Plan, Problem> {
  const parsed = scenarioSchema.safeParse(value);
  if (!parsed.success) return err(problemOf(parsed.error));
  const file = parsed.data;
  const sites = citiesOf(file);
  if (!sites.ok) return sites;
  const cluster = resolveCluster(file.cluster);
  if (!cluster.ok) return err(within(["cluster"], cluster.error));
  const known = sites.value.map((city) => city.id);
  const unfit = unfitFor(cluster.value, known);
  if (unfit !== null) return err(within(["cluster"], unfit));
  const problem =
    timelineProblem(file, known) ??
    configureProblem(file, cluster.value, known) ??
    trafficProblem(file, known) ??
    expectProblem(file, known) ??
    healProblem(file, known);
  if (problem !== null) return err(problem);
  const timeline = [...file.timeline].sort((a, b) => a.atMs - b.atMs);
  return ok({ ...file, sites: sites.value, cluster: cluster.value, timeline });
}

function citiesOf({ sites }: ScenarioFile): Result<readonly City[], Problem> {
  const found: City[] = [];
  for (const [i, site] of sites.entries()) {
    const city = typeof site === "string" ? cities.find((each) => each.id === site) : site;
    if (city === undefined) {
      const expected = `expected a city of the built-in list, or {id, city, lat, lon}; ${String(site)} is not in it`;
      return err({ path: jsonPath(["sites", i]), expected });
    }
    if (found.some((other) => other.id === city.id)) {
      return err({
        path: jsonPath(["sites", i]),
        expected: `expected each site once; ${city.id} is there already`,
      });
    }
    found.push(city);
  }
  return ok(found);
}

function timelineProblem({ timeline, durationMs }: ScenarioFile, sites: readonly SiteId[]): Problem | null {
  for (const [i, verb] of timeline.entries()) {
    if (verb.atMs > durationMs) {
      return {
        path: jsonPath(["timeline", i, "atMs"]),
        expected: `expected at most durationMs, ${durationMs}`,
      };
    }
    const problem = verbProblem(verb, sites);
    if (problem !== null) return within(["timeline", i], problem);
  }
  return null;
}

function verbProblem(verb: Verb, sites: readonly SiteId[]): Problem | null {
  const outsiders: readonly NodeId[] = ["coordinator", "edge"];
  const stranger = nodesNamed(verb).find(
    (node) => !outsiders.includes(node) && !sites.includes(node as SiteId),
  );
  if (stranger !== undefined) return unknownSite(fieldNaming(verb, stranger), sites);
  if ("from" in verb && verb.from === verb.to) {
    return { path: jsonPath(["to"]), expected: "expected another node than from" };
  }
  if (verb.do === "partition") {
    const named = verb.groups.flat();
    const twice = named.find((node, i) => named.indexOf(node) !== i);
    if (twice !== undefined) {
      return { path: jsonPath(["groups"]), expected: `expected each node in one group; ${twice} is in two` };
    }
  }
  return null;
}

function fieldNaming(verb: Verb, node: NodeId): readonly PropertyKey[] {
  if ("from" in verb) return [verb.from === node ? "from" : "to"];
  if (verb.do !== "partition") return ["site"];
  const group = verb.groups.findIndex((each) => each.includes(node));
  return ["groups", group, verb.groups[group]?.indexOf(node) ?? 0];
}

/** Each `configure` must lead to a cluster that a system could run, from the one before it. */
function configureProblem(
  { timeline }: ScenarioFile,
  start: Cluster,
  sites: readonly SiteId[],
): Problem | null {
  let cluster = start;
  const inOrder = [...timeline.entries()].sort(([, a], [, b]) => a.atMs - b.atMs);
  for (const [i, verb] of inOrder) {
    if (verb.do !== "configure") continue;
    const next = resolveCluster(verb.cluster, cluster);
    if (!next.ok) return within(["timeline", i, "cluster"], next.error);
    const unfit = unfitFor(next.value, sites);
    if (unfit !== null) return within(["timeline", i, "cluster"], unfit);
    cluster = next.value;
  }
  return null;
}

function trafficProblem({ traffic }: ScenarioFile, sites: readonly SiteId[]): Problem | null {
  const i = traffic.findIndex(({ site }) => site !== "route" && !sites.includes(site));
  return i === -1 ? null : unknownSite(["traffic", i, "site"], [...sites, "route" as SiteId]);
}

function expectProblem({ expect }: ScenarioFile, sites: readonly SiteId[]): Problem | null {
  const i = expect.findIndex((each) => "final" in each && !sites.includes(each.final.site));
  return i === -1 ? null : unknownSite(["expect", i, "final", "site"], sites);
}

function healProblem({ healOnly = [] }: ScenarioFile, sites: readonly SiteId[]): Problem | null {
  const i = healOnly.findIndex((site) => !sites.includes(site));
  return i === -1 ? null : unknownSite(["healOnly", i], sites);
}

function unknownSite(path: readonly PropertyKey[], sites: readonly SiteId[]): Problem {
  return { path: jsonPath(path), expected: `expected a site of this scenario: ${sites.join(", ")}` };
}

function within(steps: readonly PropertyKey[], { path, expected }: Problem): Problem {
  return { path: jsonPath(steps) + path.slice(1), expected };
}
