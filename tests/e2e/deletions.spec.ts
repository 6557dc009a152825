import { expect, type Page } from "@playwright/test";
import { command, createLab } from "./lab-server";
import { test } from "./story";
import { meshed, openClass, run, type Tab, until } from "./tabs";

/** How many deletions a seat says that it remembers. */
function remembered(page: Page) {
  return page.getByText("Deletions remembered").locator("xpath=following-sibling::dd");
}

test("a deletion waits for the site that is away; when it is forgotten in time instead, the value comes back", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "dynamodb-global-tables", sites: 3 });
  const tabs = await openClass(context, server, lab, 3);
  const [first, second, away] = tabs as [Tab, Tab, Tab];
  await meshed(tabs);

  expect((await run(first, "put", "x", "kept")).status).toBe("ok");
  for (const tab of tabs) await until(tab, "has x", ({ keys }) => keys.x === "kept");
  await command(server, lab, { do: "isolate", site: away.site });
  expect((await run(first, "delete", "x")).status).toBe("ok");
  await until(second, "has no x", ({ keys }) => !("x" in keys));
  for (const { page } of [first, second]) await expect(remembered(page)).toHaveText("1");
  await command(server, lab, { do: "heal" });
  for (const tab of tabs) {
    await until(tab, "has no x", ({ keys }) => !("x" in keys));
    await expect(remembered(tab.page)).toHaveText("0");
  }

  const console = await context.newPage();
  await console.goto(lab.consoleUrl);
  await console
    .getByLabel("A deletion is forgotten")
    .selectOption({ label: "after a time, whoever has seen it" });
  await console.getByLabel("Forgotten after, ms").fill("3000");
  await console.getByRole("button", { name: "Apply changes" }).click();
  await expect(console.getByRole("button", { name: "Apply changes" })).toBeDisabled();
  await expect
    .poll(async () => (await run(first, "put", "y", "undead")).status, { timeout: 30_000 })
    .toBe("ok");
  for (const tab of tabs) await until(tab, "has y", ({ keys }) => keys.y === "undead");
  await command(server, lab, { do: "isolate", site: away.site });
  expect((await run(first, "delete", "y")).status).toBe("ok");
  await expect(remembered(first.page)).toHaveText("1");
  for (const { page } of [first, second]) await expect(remembered(page)).toHaveText("0");
  await command(server, lab, { do: "heal" });
  for (const tab of tabs) await until(tab, "has y again", ({ keys }) => keys.y === "undead");
  await expect(first.page.getByText(/"y" is back as .* wrote it: .* had deleted it/).first()).toBeVisible();
});
