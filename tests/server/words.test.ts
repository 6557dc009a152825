import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noFaults } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { View } from "../../lib/protocol/view";
import { bundledScenarios } from "../../lib/scenario/bundled/all";
import { reduceFaults } from "../../lib/scenario/fault-reducer";
import { rankAddresses } from "../../server/addresses";
import { planLab } from "../../server/catalogue";
import { helpText, readConfig } from "../../server/config";
import { hintsFor, partitionedSites } from "../../server/pod/hints";
import { explainStartError } from "../../server/start-error";
import { createSqliteStore } from "../../server/store/sqlite-store";

test("the classroom's network comes before containers, VPNs and addresses that nobody gave", () => {
  const ranked = rankAddresses([
    { name: "docker0", address: "172.17.0.1" },
    { name: "utun3", address: "10.8.0.2" },
    { name: "en0", address: "169.254.7.7" },
    { name: "tailscale0", address: "100.90.1.2" },
    { name: "wlan0", address: "192.168.1.23" },
    { name: "eth0", address: "10.2.0.5" },
    { name: "eth1", address: "203.0.113.9" },
  ]);
  expect(ranked.map(({ address }) => address).slice(0, 3)).toEqual([
    "192.168.1.23",
    "10.2.0.5",
    "203.0.113.9",
  ]);
  expect(ranked.slice(3).every(({ label }) => label.endsWith("virtual"))).toBe(true);
});

test("every setting is explained, and a wrong one is refused by name with where help is", () => {
  for (const name of ["PORT", "HOST", "DATA_DIR", "PUBLIC_URL", "ICE_SERVERS", "LAB_TTL_HOURS"]) {
    expect(helpText()).toContain(name);
  }
  expect(readConfig({})).toMatchObject({
    ok: true,
    value: { port: 3000, host: "0.0.0.0", dataDir: ".data" },
  });
  const wrong = readConfig({ PORT: "70000", ICE_SERVERS: "{", PUBLIC_URL: "ftp://x" });
  expect(wrong.ok).toBe(false);
  for (const part of ["PORT=70000", "ICE_SERVERS={", "PUBLIC_URL=ftp://x", "--help"]) {
    expect(!wrong.ok && wrong.error).toContain(part);
  }
});

test("a taken port and a folder that cannot be written are told in words with a way out", async () => {
  const config = readConfig({ PORT: "4000", DATA_DIR: "somewhere" });
  if (!config.ok) throw new Error(config.error);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const second = createServer();
  const error = await new Promise((resolve) => second.once("error", resolve).listen(taken.address()));
  expect(explainStartError(error, config.value)).toMatch(/Port 4000 is taken.*PORT=4001 npm start/);
  taken.close();
  const folder = mkdtempSync(join(tmpdir(), "faultline-words-"));
  writeFileSync(join(folder, "file"), "");
  let refused: unknown = null;
  try {
    createSqliteStore(join(folder, "file", "data"));
  } catch (thrown) {
    refused = thrown;
  }
  expect(explainStartError(refused, config.value)).toMatch(
    /data folder somewhere cannot be written.*DATA_DIR=/,
  );
  const first = createSqliteStore(join(folder, "data"));
  try {
    createSqliteStore(join(folder, "data"));
  } catch (thrown) {
    refused = thrown;
  }
  expect(explainStartError(refused, config.value)).toMatch(/Another Faultline uses the data folder/);
  await first.close();
  await createSqliteStore(join(folder, "data")).close();
  rmSync(folder, { recursive: true });
});

const sites = ["mumbai", "pune", "delhi"] as SiteId[];
const [mumbai, pune, delhi] = sites as [SiteId, SiteId, SiteId];
function viewOf(preset: string, primary: SiteId | null): View {
  const cluster = planLab({ preset });
  if (!cluster.ok) throw new Error(cluster.error);
  const rest = {
    members: sites,
    generation: 0,
    seed: null,
    phase: "serving" as const,
    change: null,
    reason: "",
  };
  return { number: 1, epoch: 1, primary, cluster: cluster.value.cluster, ...rest };
}
const cityOf = (site: SiteId) => site.toUpperCase();

test("where every site passes on what it receives, a cut with a way round is told with that way", () => {
  const view = viewOf("dynamodb-global-tables", null);
  const cut = reduceFaults(noFaults, { do: "cut", from: mumbai, to: delhi, oneWay: false }, sites);
  expect(hintsFor(view, cut, sites, cityOf)).toEqual([
    "Updates still travel DELHI → PUNE → MUMBAI, around the cut link DELHI – MUMBAI.",
  ]);
  const isolated = reduceFaults(cut, { do: "cut", from: mumbai, to: pune, oneWay: false }, sites);
  expect(hintsFor(view, isolated, sites, cityOf)).toContain(
    "Nothing written at DELHI reaches MUMBAI any more.",
  );
  expect(hintsFor(view, noFaults, sites, cityOf)).toEqual([]);
});

test("with one writer a cut is told by who no longer hears the primary", () => {
  const view = viewOf("postgres-async", mumbai);
  const cut = reduceFaults(noFaults, { do: "cut", from: mumbai, to: delhi, oneWay: true }, sites);
  expect(hintsFor(view, cut, sites, cityOf)).toEqual([
    "DELHI receives nothing from the primary MUMBAI: its copy grows old.",
  ]);
});

test("partitioned are the sites outside the primary's part; where nobody is primary, outside the larger one", () => {
  const split = reduceFaults(noFaults, { do: "partition", groups: [[mumbai], [pune, delhi]] }, sites);
  expect([...partitionedSites(mumbai, split, sites)]).toEqual([pune, delhi]);
  expect([...partitionedSites(null, split, sites)]).toEqual([mumbai]);
  expect([...partitionedSites(null, split, [mumbai, pune])]).toEqual([mumbai, pune]);
  const oneLink = reduceFaults(noFaults, { do: "cut", from: mumbai, to: pune, oneWay: false }, sites);
  expect(partitionedSites(mumbai, oneLink, sites).size).toBe(0);
});

test("a lab may be made for a bundled scenario: its cities, its cluster; more sites than it has are filled up", () => {
  const plan = planLab({ scenario: bundledScenarios[0]?.id, sites: 6 });
  if (!plan.ok) throw new Error(plan.error);
  const told = bundledScenarios[0]?.scenario.sites ?? [];
  expect(plan.value.sites.slice(0, told.length)).toEqual(told);
  expect(new Set(plan.value.sites).size).toBe(6);
  for (const { id, scenario } of bundledScenarios) {
    expect(planLab({ scenario: id }).ok).toBe(true);
    expect(planLab({ scenario: scenario.name }).ok).toBe(true);
  }
  expect(planLab({ scenario: "nobody wrote this" })).toMatchObject({ ok: false });
});
