import { expect, test } from "vitest";
import type { SiteId } from "@/lib/protocol/ids";
import { planOf } from "@/lib/scenario/plan";
import { whyNoTree } from "@/lib/scenario/tree";

const site = (name: string) => name as SiteId;
const tree = (...edges: readonly (readonly [string, string | null])[]) =>
  Object.fromEntries(edges.map(([child, from]) => [site(child), from === null ? null : site(from)]));
const sites = ["mumbai", "pune", "delhi", "lagos"].map(site);

test("a tree of upstreams is accepted, also where it is deep and names the primary's own place", () => {
  expect(whyNoTree(tree(["mumbai", null], ["delhi", "pune"], ["lagos", "delhi"]), sites)).toBeNull();
  expect(whyNoTree({}, sites)).toBeNull();
});

test("sites that follow each other in a circle, or themselves, or strangers, are refused with the reason", () => {
  expect(whyNoTree(tree(["delhi", "delhi"]), sites)).toBe(
    "expected every chain of upstreams to end at the primary: delhi follows delhi and so on",
  );
  expect(whyNoTree(tree(["lagos", "pune"], ["pune", "delhi"], ["delhi", "pune"]), sites)).toBe(
    "expected every chain of upstreams to end at the primary: pune follows delhi follows pune and so on",
  );
  expect(whyNoTree(tree(["delhi", "osaka"]), sites)).toContain("osaka is none of them");
});

test("a scenario with upstreams that are no tree is refused at its own path", () => {
  const scenario = (cluster: object, later?: object) => ({
    name: "tree",
    durationMs: 1000,
    sites: ["mumbai", "pune", "delhi"],
    cluster,
    timeline: later === undefined ? [] : [{ atMs: 500, do: "configure", cluster: later }],
  });
  const circle = { upstream: { pune: "delhi", delhi: "pune" } };
  expect(planOf(scenario({ mode: "active-passive", ...circle }))).toMatchObject({
    ok: false,
    error: { path: "$.cluster.upstream", expected: expect.stringContaining("pune follows delhi") },
  });
  expect(planOf(scenario({ mode: "active-passive" }, { upstream: { pune: "lagos" } }))).toMatchObject({
    ok: false,
    error: { path: "$.timeline[0].cluster.upstream", expected: expect.stringContaining("lagos") },
  });
  expect(planOf(scenario({ mode: "active-passive", upstream: { delhi: "pune" } })).ok).toBe(true);
});
