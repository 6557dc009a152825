import { type BrowserContext, expect, type Page } from "@playwright/test";
import { cities } from "../../lib/scenario/cities";
import { resolveCluster } from "../../lib/scenario/cluster";
import { presets } from "../../lib/scenario/presets/all";
import type { Preset } from "../../lib/scenario/presets/preset";
import { type CreatedLab, command, createLab, type LabServer } from "./lab-server";
import { test } from "./story";
import { meshed, openClass, primaryOf, putUntilOk, run, state, type Tab, until } from "./tabs";

/** A class at work: its lab, its console and the tabs that run its sites. */
type Scene = {
  readonly server: LabServer;
  readonly lab: CreatedLab;
  readonly tabs: readonly Tab[];
  readonly console: Page;
};

async function begin(
  context: BrowserContext,
  server: LabServer,
  preset: string,
  sites: number,
): Promise<Scene> {
  const lab = await createLab(server, { preset, sites });
  const tabs = await openClass(context, server, lab, sites);
  await meshed(tabs);
  const console = await context.newPage();
  await console.goto(lab.consoleUrl);
  await putUntilOk(await primaryOf(tabs), "kept", "from the beginning");
  return { server, lab, tabs, console };
}

function clusterOf(preset: Preset) {
  const cluster = resolveCluster({ preset: preset.name });
  if (!cluster.ok) throw new Error(`${preset.name} does not resolve`);
  return cluster.value;
}

function cityOf(tab: Tab): string {
  return cities.find(({ id }) => id === tab.site)?.city ?? tab.site;
}

/** Chooses the preset on the console of the running pod; every seat says so, and keeps its data. */
async function change({ console, tabs }: Scene, preset: Preset): Promise<void> {
  await console.getByLabel("Like this system").selectOption(preset.name);
  await console.getByRole("button", { name: "Use it" }).click();
  await expect(console.getByRole("list", { name: "Your last actions" })).toContainText(
    `Preset: ${preset.title}: done in`,
  );
  for (const tab of tabs) {
    await expect(tab.page.getByText(`This pod works like ${preset.name}.`)).toBeVisible();
    await expect(tab.page.getByText(`reconfigured to work like ${preset.name}`).first()).toBeVisible();
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
  await expect.poll(isAgreed, { message: "one primary that all agree on", timeout: 60_000 }).toBe(true);
  if (found === undefined) throw new Error("no primary");
  return found;
}

/** Writes at every seat, and each answers as the cluster's axes say. */
async function writeEverywhere(tabs: readonly Tab[], preset: Preset): Promise<void> {
  const { mode, writeAt } = clusterOf(preset);
  const everybody = mode === "active-active" || mode === "quorum";
  const primary = everybody ? null : await agreedPrimary(tabs);
  if (primary !== null) await putUntilOk(primary, "seat", preset.name);
  for (const tab of tabs) {
    if (everybody || writeAt === "forward") {
      await putUntilOk(tab, `by ${tab.site}`, preset.name);
    } else if (tab !== primary) {
      expect(await run(tab, "put", "x", 1)).toMatchObject({ status: "fail", error: "NOT_PRIMARY" });
      await expect(tab.page.getByText("takes no writes: send them to the primary").first()).toBeVisible();
    }
  }
  for (const tab of tabs) {
    await until(tab, `has what was written under ${preset.name}`, ({ keys }) => {
      const written = everybody ? tabs.map(({ site }) => `by ${site}`) : ["seat"];
      return written.every((key) => keys[key] === preset.name);
    });
  }
}

/** A client of the world writes until it succeeds, by the route that the preset gives it. */
async function worldWrites({ server, lab }: Scene, key: string): Promise<void> {
  const op = { f: "put", key, value: "by the world" };
  await expect
    .poll(
      async () => (await command(server, lab, { do: "op", session: "world", site: "route", op })).status,
      {
        timeout: 30_000,
      },
    )
    .toBe("ok");
}

/** Crashes the primary's site from the console: others take over, the world writes, it comes back and catches up. */
async function failOver(scene: Scene, preset: Preset): Promise<void> {
  const { console, tabs } = scene;
  const primary = await agreedPrimary(tabs);
  const others = tabs.filter((tab) => tab !== primary);
  const { epoch } = await state(primary);
  const card = console.getByRole("group", { name: cityOf(primary) });
  await card.getByRole("button", { name: "Crash", exact: true }).click();
  await expect(primary.page.getByText("This site is down.").first()).toBeVisible();
  const successor = await agreedPrimary(others);
  expect((await state(successor)).epoch).toBeGreaterThan(epoch);
  await expect(
    successor.page.getByText(new RegExp(`${cityOf(successor)} is primary in epoch`)).first(),
  ).toBeVisible();
  const key = `after ${preset.name}`;
  await worldWrites(scene, key);
  await card.getByRole("button", { name: "Restart" }).click();
  for (const tab of tabs) {
    await until(tab, "has the write of the new reign", ({ keys }) => keys[key] === "by the world");
  }
  await agreedPrimary(tabs);
}

const hasFailover = (preset: Preset) => !["none", "manual"].includes(clusterOf(preset).failover);
const isOneWriter = ({ cluster: { mode } }: Preset) => mode === "active-passive" || mode === "consensus";
const oneWriter = presets.filter(isOneWriter);
const manyWriters = presets.filter((preset) => !isOneWriter(preset) && preset.sites > 1);

for (const sites of new Set(oneWriter.map((preset) => preset.sites))) {
  const family = oneWriter.filter((preset) => preset.sites === sites);
  const names = family.map(({ name }) => name).join(", ");
  test(`a running pod of ${sites} changes its preset, writes and fails over: ${names}`, async ({
    context,
    server,
  }) => {
    test.setTimeout(60_000 + 40_000 * family.length);
    const scene = await begin(context, server, "yjs", sites);
    for (const preset of family) {
      await test.step(preset.name, async () => {
        await change(scene, preset);
        await writeEverywhere(scene.tabs, preset);
        await worldWrites(scene, `world ${preset.name}`);
        if (hasFailover(preset)) await failOver(scene, preset);
      });
    }
    for (const tab of scene.tabs)
      expect((await state(tab)).keys).toHaveProperty("kept", "from the beginning");
  });
}

for (const sites of new Set(manyWriters.map((preset) => preset.sites))) {
  const family = manyWriters.filter((preset) => preset.sites === sites);
  const names = family.map(({ name }) => name).join(", ");
  test(`a running pod of ${sites} in which every site writes changes its preset: ${names}`, async ({
    context,
    server,
  }) => {
    test.setTimeout(60_000 + 20_000 * family.length);
    const scene = await begin(context, server, "postgres-async", sites);
    for (const preset of family) {
      await test.step(preset.name, async () => {
        await change(scene, preset);
        await writeEverywhere(scene.tabs, preset);
        await worldWrites(scene, `world ${preset.name}`);
      });
    }
  });
}

test("single: nobody takes over, and the site comes back with its disk", async ({ context, server }) => {
  const scene = await begin(context, server, "postgres-async", 1);
  const single = presets.find(({ name }) => name === "single");
  const [tab] = scene.tabs;
  if (single === undefined || tab === undefined) throw new Error("one tab");
  await change(scene, single);
  await command(scene.server, scene.lab, { do: "crash", site: tab.site });
  expect((await run(tab, "put", "x", 1)).error).toBe("SITE_DOWN");
  await command(scene.server, scene.lab, { do: "restart", site: tab.site });
  await worldWrites(scene, "after");
  expect((await state(tab)).keys).toMatchObject({ kept: "from the beginning", after: "by the world" });
});

test("keepalived-pair: cut from each other both are primary, and the heal throws one half away", async ({
  context,
  server,
}) => {
  const scene = await begin(context, server, "keepalived-pair", 2);
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

test("redis-sentinel: monitors in the tabs tell what they believe", async ({ context, server }) => {
  const scene = await begin(context, server, "redis-sentinel", 3);
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
