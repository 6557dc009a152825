import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { command, createLab, type LabServer, startLabServer } from "../e2e/lab-server";
import { meshed, openClass, putUntilOk, run, siteOf } from "../e2e/tabs";

let server: LabServer;

test.beforeAll(async () => {
  server = await startLabServer();
});
test.afterAll(async () => server.close());

/** What axe finds wrong, as lines that a person can act on. */
async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.html}`),
  );
}

/** How far the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

const plainPages = [
  "/",
  "/docs",
  "/docs/presets",
  "/docs/merging",
  "/docs/scripting",
  "/docs/privacy",
  "/no-such-page",
  "/lab/ZZZZZZ",
  "/console/ZZZZZZ",
];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("pages that need no lab have no faults and one main heading", async ({ page }) => {
      for (const path of plainPages) {
        await page.goto(`${server.origin}${path}`);
        await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
        await expect(page.getByRole("heading", { level: 1 })).not.toContainText("Joining");
        expect(await faultsOf(page), path).toEqual([]);
      }
    });

    test("seat, console and screen at work have no faults", async ({ context }) => {
      const lab = await createLab(server, { preset: "yjs", title: "Accessible", sites: 3 });
      const tabs = await openClass(context, server, lab, 2);
      await meshed(tabs);
      const [first] = tabs;
      if (first === undefined) throw new Error("no tab");
      await putUntilOk(first, "x", "hello");
      await run(first, "increment", "likes", 1);
      await expect(first.page.getByRole("heading", { name: "One key under every merge rule" })).toBeVisible();
      expect(await faultsOf(first.page)).toEqual([]);

      const console = await context.newPage();
      await console.goto(lab.consoleUrl);
      await expect(console.getByRole("group", { name: "Mumbai" })).toContainText("Mumbai, primary, epoch 1");
      for (const more of await console.getByText(/^More for/).all()) await more.click();
      expect(await faultsOf(console)).toEqual([]);

      // Values side by side on the seat, and the application's rules on the console.
      const rules = [{ key: "cart*", rule: "union" }];
      await command(server, lab, { do: "configure", cluster: { merge: "app", app: { rules } } });
      await expect(first.page.getByRole("region", { name: "Conflicts to settle" })).toBeVisible();
      for (const value of ["204", "305"]) await putUntilOk(first, "room", value);
      await expect(first.page.getByRole("button", { name: "Keep 305 for room" })).toBeVisible();
      expect(await faultsOf(first.page)).toEqual([]);
      await expect(console.getByRole("group", { name: "Rule 1" })).toBeVisible();
      expect(await faultsOf(console)).toEqual([]);

      const screen = await context.newPage();
      await screen.goto(`${server.origin}/screen/${lab.code}`);
      await expect(screen.getByRole("group", { name: "Mumbai" })).toContainText("Mumbai, primary, epoch 2");
      expect(await faultsOf(screen)).toEqual([]);
      await screen.keyboard.press("t");
      await expect(screen.locator("[data-theme=projector-dark]")).toBeVisible();
      expect(await faultsOf(screen)).toEqual([]);
      for (const tab of tabs) await tab.page.close();
    });
  });
}

test("on a phone of 360 pixels nothing is wider than the window", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  const lab = await createLab(server, { preset: "yjs" });
  for (const path of [...plainPages, `/lab/${lab.code}`, `/console/${lab.code}#key=${lab.key}`]) {
    await page.goto(`${server.origin}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await expect(page.getByRole("status").filter({ hasText: "moment" })).toHaveCount(0);
    if (path.startsWith(`/lab/${lab.code}`)) await siteOf(page);
    expect(await overflow(page), path).toBeLessThanOrEqual(0);
  }
  await context.close();
});

test("a student writes, fails and restarts the site with the keyboard alone", async ({ page }) => {
  const alone = await createLab(server, { preset: "single" });
  await page.goto(`${server.origin}/`);
  await page.getByLabel("Code from the projector").focus();
  await page.keyboard.type(alone.code.toLowerCase());
  await page.keyboard.press("Enter");
  await siteOf(page);
  await page.getByLabel("Value", { exact: true }).focus();
  await page.keyboard.type("42");
  await expect(async () => {
    await page.keyboard.press("Enter");
    await expect(page.getByRole("row", { name: /x 42/ })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.getByRole("button", { name: "Fail my site" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Start my site again" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row", { name: /x 42/ })).toBeVisible();
});

test("every site of the console can be operated without a pointer, and the page tells what came of it", async ({
  context,
}) => {
  const pair = await createLab(server, { preset: "postgres-async", sites: 2 });
  const tabs = await openClass(context, server, pair, 2);
  await meshed(tabs);
  const page = await context.newPage();
  await page.goto(pair.consoleUrl);
  const second = page.getByRole("group", { name: "Frankfurt" });
  await expect(second).toContainText("Frankfurt, replica, epoch 1");
  await second.getByRole("button", { name: "Crash", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Your last actions" })).toContainText(
    /Crash Frankfurt: done in \d+ ms/,
  );
  await expect(second).toContainText("dead");
  await second.getByRole("button", { name: "Restart" }).focus();
  await page.keyboard.press("Enter");
  await expect(second).toContainText(/Frankfurt, replica, epoch 1(?!, )/);
});
