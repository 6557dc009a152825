import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { cities } from "../../lib/scenario/cities";
import { resolveCluster } from "../../lib/scenario/cluster";
import { presets } from "../../lib/scenario/presets/all";
import type { Preset } from "../../lib/scenario/presets/preset";
import { type CreatedLab, command, createLab, type LabServer, startLabServer } from "./lab-server";
import { meshed, openClass, openSeat, primaryOf, putUntilOk, run, state, type Tab, until } from "./tabs";

/** A class at work: its lab, its console and the tabs that run its sites. */
type Scene = {
  readonly lab: CreatedLab;
  readonly tabs: readonly Tab[];
  readonly console: Page;
};

let server: LabServer;

test.beforeAll(async () => {
  server = await startLabServer();
});
test.afterAll(async () => server.close());

async function begin(context: BrowserContext, preset: string, sites: number): Promise<Scene> {
  const lab = await createLab(server, { preset, sites });
  const tabs = await openClass(context, server, lab, sites);
  await meshed(tabs);
  const console = await context.newPage();
  await console.goto(lab.consoleUrl);
  await putUntilOk(await primaryOf(tabs), "kept", "from the beginning");
  return { lab, tabs, console };
}

function clusterOf(preset: Preset) {
  const cluster = resolveCluster({ preset: preset.name });
  if (!cluster.ok) throw new Error(`${preset.name} does not resolve`);
  return cluster.value;
}

function presetNamed(name: string): Preset {
  const found = presets.find((preset) => preset.name === name);
  if (found === undefined) throw new Error(`no preset ${name}`);
  return found;
}

function cityOf(tab: Tab): string {
  return cities.find(({ id }) => id === tab.site)?.city ?? tab.site;
}

/**
 * Chooses the preset on the console of the running pod. Every seat comes to a new epoch (rules C61 and
 * C102), and says which one and what was changed in one sentence.
 */
async function change({ console, tabs }: Scene, from: string, to: Preset): Promise<void> {
  const before = await Promise.all(tabs.map(state));
  const newest = Math.max(...before.map(({ epoch }) => epoch));
  await console.getByLabel("Like this system").selectOption(to.name);
  await console.getByRole("button", { name: "Use it" }).click();
  await expect(console.getByRole("list", { name: "Your last actions" })).toContainText(
    `Preset: ${to.title}: done in`,
  );
  for (const tab of tabs) {
    await until(tab, `is in a new epoch, of ${to.name}`, ({ epoch }) => epoch > newest);
    await expect(tab.page.getByText(`This pod works like ${to.name}.`)).toBeVisible();
    await expect(tab.page.getByText(`reconfigured to work like ${to.name}`).first()).toBeVisible();
    const said = new RegExp(
      `^${cityOf(tab)} is .* in epoch (\\d+): Switched from ${from} to ${to.name}[.:,]`,
    );
    const sentence = tab.page.getByText(said).first();
    await expect(sentence).toBeVisible();
    const [, epoch] = said.exec((await sentence.textContent()) ?? "") ?? [];
    expect(Number(epoch)).toBeGreaterThan(newest);
  }
}

/** The one of these tabs that is primary, once all of them say so; a loaded machine may take its time. */
async function agreedPrimary(tabs: readonly Tab[]): Promise<Tab> {
  let found: Tab | undefined;
  async function isAgreed(): Promise<boolean> {
    const seats = await Promise.all(tabs.map(state));
    found = tabs.find((_, i) => seats[i]?.role === "primary");
    return found !== undefined && seats.every(({ primary }) => primary === found?.site);
  }
  const patience = { message: "one primary that all agree on", timeout: 60_000, intervals: [100] };
  await expect.poll(isAgreed, patience).toBe(true);
  if (found === undefined) throw new Error("no primary");
  return found;
}

/** Every site takes writes, and each is soon read everywhere. */
async function writeEverywhere(tabs: readonly Tab[], { name }: Preset): Promise<void> {
  await Promise.all(tabs.map((tab) => putUntilOk(tab, `by ${tab.site}`, name)));
  for (const tab of tabs) {
    for (const { site } of tabs) {
      const isRead = async () => (await run(tab, "get", `by ${site}`)).value;
      await expect.poll(isRead, { timeout: 30_000, intervals: [100] }).toBe(name);
    }
  }
}

/** The primary takes a write, the others do with one what the axis `writeAt` says, and all hold it. */
async function writeAtPrimary(tabs: readonly Tab[], preset: Preset): Promise<void> {
  const { writeAt } = clusterOf(preset);
  const primary = await agreedPrimary(tabs);
  await putUntilOk(primary, "seat", preset.name);
  for (const tab of tabs) {
    if (tab === primary) continue;
    if (writeAt === "forward") await putUntilOk(tab, `by ${tab.site}`, preset.name);
    else {
      expect(await run(tab, "put", "x", 1)).toMatchObject({ status: "fail", error: "NOT_PRIMARY" });
      await expect(tab.page.getByText("takes no writes: send them to the primary").first()).toBeVisible();
    }
  }
  for (const tab of tabs)
    await until(tab, `has the write under ${preset.name}`, ({ keys }) => keys.seat === preset.name);
}

/** A client of the world writes until it succeeds, by the route that the preset gives it. */
async function worldWrites({ lab }: Scene, key: string): Promise<void> {
  const op = { f: "put", key, value: "by the world" };
  const write = async () =>
    (await command(server, lab, { do: "op", session: "world", site: "route", op })).status;
  await expect.poll(write, { timeout: 30_000, intervals: [200] }).toBe("ok");
}

const isOneWriter = ({ cluster: { mode } }: Preset) => mode === "active-passive" || mode === "consensus";
/** What a change is said to be from, where single axes were changed by hand before it. */
const ownSettings = "settings of its own";

test("a running pod changes through every preset in turn: said on every seat, and written under each", async ({
  context,
}) => {
  test.setTimeout(240_000);
  const scene = await begin(context, "yjs", 4);
  let from = "yjs";
  for (const preset of presets.filter(({ cluster: { mode } }) => mode !== "single")) {
    await test.step(preset.name, async () => {
      await change(scene, from, preset);
      from = preset.name;
      await (isOneWriter(preset) ? writeAtPrimary : writeEverywhere)(scene.tabs, preset);
      await worldWrites(scene, `world ${preset.name}`);
    });
  }
  const [first] = scene.tabs;
  if (first === undefined) throw new Error("four tabs");
  expect((await run(first, "get", "kept")).value).toBe("from the beginning");
});

/** Who decides about a failover in each of these, besides the lease of `failover.spec.ts`. */
const deciders = { "rds-multi-az-cluster": "managed", "mysql-semisync": "topology", "etcd-raft": "raft" };

test("the primary's tab is closed under three deciders: another takes over, the world writes, the tab comes back", async ({
  context,
}) => {
  test.setTimeout(120_000);
  const scene = await begin(context, "postgres-async", 3);
  let tabs = scene.tabs;
  let from = "postgres-async";
  for (const [name, decider] of Object.entries(deciders)) {
    await test.step(name, async () => {
      const preset = presetNamed(name);
      expect(clusterOf(preset).failover).toBe(decider);
      await change({ ...scene, tabs }, from, preset);
      from = ownSettings;
      const detector = { heartbeatMs: 400, timeoutMs: 1500 };
      await command(server, scene.lab, { do: "configure", cluster: { detector } });
      await writeAtPrimary(tabs, preset);
      const primary = await agreedPrimary(tabs);
      const others = tabs.filter((tab) => tab !== primary);
      const { epoch } = await state(primary);
      const seat = primary.page.url();
      await primary.page.close();
      const successor = await agreedPrimary(others);
      expect((await state(successor)).epoch).toBeGreaterThan(epoch);
      const said = new RegExp(`${cityOf(successor)} is primary in epoch`);
      await expect(successor.page.getByText(said).first()).toBeVisible();
      await worldWrites(scene, `after ${name}`);
      tabs = [...others, await openSeat(context, seat)];
      for (const tab of tabs)
        await until(tab, "has the new reign's write", ({ keys }) => `after ${name}` in keys);
    });
  }
});

test("single: nobody takes over, and the site comes back with its disk", async ({ context }) => {
  const scene = await begin(context, "postgres-async", 1);
  const [tab] = scene.tabs;
  if (tab === undefined) throw new Error("one tab");
  await change(scene, "postgres-async", presetNamed("single"));
  await command(server, scene.lab, { do: "crash", site: tab.site });
  expect((await run(tab, "put", "x", 1)).error).toBe("SITE_DOWN");
  await command(server, scene.lab, { do: "restart", site: tab.site });
  await worldWrites(scene, "after");
  expect((await state(tab)).keys).toMatchObject({ kept: "from the beginning", after: "by the world" });
});

test("keepalived-pair: cut from each other both are primary, and the heal throws one half away", async ({
  context,
}) => {
  const scene = await begin(context, "keepalived-pair", 2);
  const [first, second] = scene.tabs;
  if (first === undefined || second === undefined) throw new Error("two tabs");
  await until(second, "knows its primary", ({ primary }) => primary === first.site);
  await command(server, scene.lab, { do: "cut", from: first.site, to: second.site });
  await until(second, "makes itself primary", ({ role }) => role === "primary");
  for (const tab of [first, second]) {
    expect((await run(tab, "put", `only ${tab.site}`, 1)).status).toBe("ok");
    await expect(scene.console.getByRole("group", { name: cityOf(tab) })).toContainText("primary");
  }
  await command(server, scene.lab, { do: "heal" });
  await until(second, "steps back", ({ role, keys }) => role === "replica" && `only ${first.site}` in keys);
  expect((await state(second)).keys).not.toHaveProperty(`only ${second.site}`);
  await expect(second.page.getByText(/this write is not in the surviving history/i)).toBeVisible();
});

test("redis-sentinel: monitors in the tabs tell what they believe", async ({ context }) => {
  const scene = await begin(context, "redis-sentinel", 3);
  const primary = await agreedPrimary(scene.tabs);
  await command(server, scene.lab, { do: "isolate", site: primary.site });
  const successor = await agreedPrimary(scene.tabs.filter((tab) => tab !== primary));
  const beliefs = successor.page.getByRole("region", { name: "What this site believes" });
  await expect(beliefs).toContainText(`${cityOf(primary)}down`);
  await expect(beliefs).toContainText(/Its last vote: \w+, epoch/);
  // Nothing fences it: cut off with its clients it goes on acknowledging, and says that it is primary.
  expect((await run(primary, "put", "zombie", 1)).status).toBe("ok");
  expect((await state(primary)).primary).toBe(primary.site);
  await command(server, scene.lab, { do: "heal" });
  await until(primary, "is converted", ({ role, keys }) => role === "replica" && !("zombie" in keys));
  await expect(primary.page.getByText(/not in the surviving history/i)).toBeVisible();
});
