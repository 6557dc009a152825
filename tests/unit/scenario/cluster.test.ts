import { expect, test } from "vitest";
import { must } from "../../../lib/kernel/assert";
import {
  type Cluster,
  type ClusterPatch,
  clusterPatchSchema,
  clusterSchema,
} from "../../../lib/protocol/cluster";
import { siteIdSchema } from "../../../lib/protocol/ids";
import { cities } from "../../../lib/scenario/cities";
import { resolveCluster } from "../../../lib/scenario/cluster";
import { unfitFor } from "../../../lib/scenario/combinations";
import { presets } from "../../../lib/scenario/presets/all";

function resolved(patch: ClusterPatch, base?: Cluster): Cluster {
  const result = resolveCluster(patch, base);
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.expected}`);
  return result.value;
}

function refused(patch: unknown, base?: Cluster): { path: string; expected: string } {
  const result = resolveCluster(clusterPatchSchema.parse(patch), base);
  if (result.ok) throw new Error("it was accepted");
  return result.error;
}

test("nothing at all means postgres-async at the pace of a class", () => {
  expect(resolved({})).toEqual(resolved({ preset: "postgres-async" }));
  expect(resolved({})).toMatchObject({
    mode: "active-passive",
    ack: "async",
    detector: { kind: "fixed", heartbeatMs: 1000, timeoutMs: 3000 },
    fencing: ["lease-request", "epoch"],
    failover: "lease",
  });
});

test("a mode alone has its own plain defaults", () => {
  expect(resolved({ mode: "active-active" })).toMatchObject({ merge: "lww", ack: "async", route: "local" });
  expect(resolved({ mode: "active-passive" })).toMatchObject({
    route: "primary",
    readFrom: "local",
    writeAt: "forward",
  });
  expect(resolved({ mode: "single" })).toMatchObject({ mode: "single", ack: "async" });
});

test("axes override the preset one by one, inside an axis too", () => {
  const cluster = resolved({
    preset: "postgres-sync",
    sync: { strict: false },
    detector: { timeoutMs: 5000 },
  });
  expect(cluster.sync).toEqual({ rule: "first", count: 1, strict: false });
  expect(cluster.detector).toEqual({ kind: "fixed", heartbeatMs: 1000, timeoutMs: 5000 });
});

test("a running cluster changes only what the patch names", () => {
  const base = resolved({ preset: "postgres-async", readFrom: "primary", detector: { timeoutMs: 6000 } });
  expect(resolved({ ack: "sync" }, base)).toEqual({ ...base, ack: "sync" });
  expect(resolved({ preset: "yjs" }, base)).toEqual(resolved({ preset: "yjs" }));
});

test("a change of mode keeps the class's pace and drops what the new mode cannot do", () => {
  const base = resolved({ preset: "postgres-sync", detector: { heartbeatMs: 500, timeoutMs: 2000 } });
  expect(resolved({ mode: "active-active", merge: "crdt" }, base)).toMatchObject({
    mode: "active-active",
    merge: "crdt",
    ack: "async",
    detector: { heartbeatMs: 500, timeoutMs: 2000 },
  });
});

test("combinations that no system could run are refused with the reason", () => {
  expect(refused({ preset: "postgres" })).toEqual({
    path: "$.preset",
    expected: expect.stringContaining(presets.map(({ name }) => name).join(", ")),
  });
  expect(refused({ mode: "single", ack: "sync" })).toEqual({
    path: "$.ack",
    expected: "expected ack async in mode single: a single site has no replica to wait for",
  });
  expect(refused({ preset: "yjs", ack: "sync" }).path).toBe("$.ack");
  expect(refused({ detector: { heartbeatMs: 3000 } })).toEqual({
    path: "$.detector.heartbeatMs",
    expected:
      "expected a timeout longer than a heartbeat: after 3000 ms without one every 3000 ms everybody would be dead all the time",
  });
  expect(refused({ detector: { timeoutMs: 800, heartbeatMs: 400 } })).toEqual({
    path: "$.detector.timeoutMs",
    expected: "expected a lease that lasts from one heartbeat to the next: a timeout of at least 900 ms",
  });
  const tooShort = resolveCluster({ detector: { timeoutMs: 700, heartbeatMs: 100 } });
  expect(tooShort).toMatchObject({ ok: false, error: { path: "$.detector.timeoutMs" } });
});

test("a cluster without fences is allowed: that is a lesson", () => {
  expect(resolved({ fencing: [] })).toMatchObject({ failover: "lease", fencing: [] });
  expect(resolved({ mode: "active-passive", merge: "crdt" }).merge).toBe("crdt");
});

test("every preset resolves to a cluster the wire accepts, and explains itself", () => {
  expect(presets.map(({ name }) => name)).toEqual([...new Set(presets.map(({ name }) => name))]);
  for (const preset of presets) {
    const cluster = resolved({ preset: preset.name });
    expect(clusterSchema.parse(cluster)).toEqual(cluster);
    expect(cluster).toMatchObject(preset.cluster);
    const sites = cities.slice(0, preset.sites).map(({ id }) => id);
    expect([preset.name, unfitFor(cluster, sites)]).toEqual([preset.name, null]);
    expect(preset.sources.length).toBeGreaterThan(0);
    expect(preset.paragraph.split(". ").length).toBeGreaterThan(1);
    expect(preset.realParameters.length * preset.leavesOut.length).toBeGreaterThan(0);
  }
});

test("the built-in cities are real places, each with its own name, on every inhabited continent", () => {
  expect(cities.length).toBeGreaterThanOrEqual(60);
  expect(new Set(cities.map(({ id }) => id)).size).toBe(cities.length);
  expect(new Set(cities.map(({ city }) => city)).size).toBe(cities.length);
  for (const { id, lat, lon } of cities) {
    expect(siteIdSchema.parse(id)).toBe(id);
    expect(Math.abs(lat)).toBeLessThan(66);
    expect(Math.abs(lon)).toBeLessThanOrEqual(180);
  }
  const named = "mumbai pune delhi frankfurt london lagos lima osaka tokyo sydney virginia oregon".split(" ");
  const where = (id: string) =>
    must(
      cities.find((city) => city.id === id),
      id,
    );
  for (const id of named) expect(where(id).city.length).toBeGreaterThan(0);
  expect(where("lima").lat).toBeLessThan(0);
  expect(where("virginia").lon).toBeLessThan(0);
  expect(where("mumbai").lon).toBeGreaterThan(70);
});
