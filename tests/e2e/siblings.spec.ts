import { expect, type Page } from "@playwright/test";
import { command, createLab } from "./lab-server";
import { test } from "./story";
import { meshed, openClass, run, state, type Tab, until } from "./tabs";

const areBeside =
  (key: string, count: number) =>
  ({ keys }: { keys: Record<string, unknown> }) =>
    (keys[key] as { siblings?: unknown[] } | null)?.siblings?.length === count;

function conflictsOf(page: Page) {
  return page.getByRole("region", { name: "Conflicts to settle" });
}

test("two sites write one key across a cut: a student keeps one value, another writes the merged one", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "dynamodb-global-tables", sites: 2 });
  const [first, second] = (await openClass(context, server, lab, 2)) as [Tab, Tab];
  await meshed([first, second]);
  const console = await context.newPage();
  await console.goto(lab.consoleUrl);
  await console.getByLabel("Merge rule").selectOption({ label: "Siblings" });
  await console.getByRole("button", { name: "Apply changes" }).click();
  for (const { page } of [first, second])
    await expect(conflictsOf(page)).toContainText("No key holds several");

  await command(server, lab, { do: "cut", from: first.site, to: second.site });
  for (const [tab, room, cart] of [
    [first, "204", ["milk", "tea"]],
    [second, "305", ["milk", "rice"]],
  ] as const) {
    expect((await run(tab, "put", "room", room)).status).toBe("ok");
    expect((await run(tab, "put", "cart", cart)).status).toBe("ok");
  }
  await command(server, lab, { do: "heal" });
  for (const tab of [first, second]) {
    await until(
      tab,
      "holds both rooms and both carts",
      (seat) => areBeside("room", 2)(seat) && areBeside("cart", 2)(seat),
    );
    await expect(conflictsOf(tab.page)).toContainText("had not read");
  }

  // By keyboard alone: one of the two is kept, and every site has it and says who settled it.
  await conflictsOf(first.page).getByRole("button", { name: "Keep 305 for room" }).focus();
  await first.page.keyboard.press("Enter");
  for (const tab of [first, second]) {
    await until(tab, "has the room that was kept", ({ keys }) => keys.room === "305");
    await expect(conflictsOf(tab.page)).toContainText("settled it: its writer had read both values");
  }

  const merged = conflictsOf(second.page).getByRole("region", { name: "Settle cart" });
  await merged.getByLabel("Or write one value instead of all").fill('["milk", "rice", "tea"]');
  await merged.getByRole("button", { name: "Settle", exact: true }).click();
  for (const tab of [first, second])
    await until(
      tab,
      "has the merged cart",
      ({ keys }) => JSON.stringify(keys.cart) === '["milk","rice","tea"]',
    );
  await expect(conflictsOf(second.page)).toContainText("No key holds several");

  // The class writes its own rule, and from now on nobody need be asked about carts.
  await console.getByLabel("Merge rule").selectOption({ label: "The application's rules" });
  await console.getByRole("button", { name: "Add a rule" }).click();
  await expect(console.getByText("Name a key, or the beginning of keys and a star")).toBeVisible();
  await expect(console.getByRole("button", { name: "Apply changes" })).toBeDisabled();
  const rule = console.getByRole("group", { name: "Rule 1" });
  await rule.getByLabel("1. Key, or beginning and *").fill("cart*");
  await rule.getByLabel("Concurrent values become").selectOption("union");
  await console.getByRole("button", { name: "Apply changes" }).click();
  await expect(first.page.getByText("The application's rules").first()).toBeVisible();
  await command(server, lab, { do: "cut", from: first.site, to: second.site });
  expect((await run(first, "put", "cart:9", ["tea"])).status).toBe("ok");
  expect((await run(second, "put", "cart:9", ["rice"])).status).toBe("ok");
  await command(server, lab, { do: "heal" });
  for (const tab of [first, second]) {
    await until(
      tab,
      "has one cart of both",
      ({ keys }) => JSON.stringify(keys["cart:9"]) === '["rice","tea"]',
    );
    await expect(conflictsOf(tab.page)).toContainText('union for "cart*"');
  }
});

test("couchdb: a branch that is not shown is kept, until a student keeps the one that is", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "couchdb", sites: 2 });
  const [first, second] = (await openClass(context, server, lab, 2)) as [Tab, Tab];
  await meshed([first, second]);
  await command(server, lab, { do: "cut", from: first.site, to: second.site });
  expect((await run(first, "put", "room", "204")).status).toBe("ok");
  expect((await run(second, "put", "room", "305")).status).toBe("ok");
  await command(server, lab, { do: "heal" });
  const open = conflictsOf(second.page).getByRole("region", { name: "Settle room" });
  await expect(open).toContainText("shows one value, and keeps 1 other branch");
  // The class reads it from the projector, without the values.
  const screen = await context.newPage();
  await screen.goto(`${server.origin}/screen/${lab.code}`);
  await expect(
    screen.getByText(/"room": .*'s put is shown, .*'s is kept out of sight/).first(),
  ).toBeVisible();
  const { room } = (await until(second, "shows a room", ({ keys }) => "room" in keys)).keys;
  await open.getByRole("button", { name: `Keep ${room} for room` }).click();
  for (const { page } of [first, second]) {
    await expect(conflictsOf(page)).toContainText("settled it: it was made upon both branches");
    await expect(conflictsOf(page)).toContainText("No key holds several");
  }
});

test("riak: both sides of a cut accept a write by stand-ins, and a student settles what stands side by side", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "riak", sites: 4 });
  const tabs = await openClass(context, server, lab, 4);
  await meshed(tabs);
  const sides = [tabs.slice(0, 2), tabs.slice(2)] as [Tab[], Tab[]];
  await command(server, lab, {
    do: "partition",
    groups: sides.map((side) => side.map(({ site }) => site)),
  });
  for (const [side, room] of [
    [sides[0], "204"],
    [sides[1], "305"],
  ] as const) {
    const [writer] = side as [Tab, Tab];
    // A site is stood in for once it has been silent for long enough.
    await expect.poll(async () => (await run(writer, "get", "room")).status, { timeout: 15_000 }).toBe("ok");
    expect((await run(writer, "put", "room", room)).status).toBe("ok");
  }
  await command(server, lab, { do: "heal" });
  const settlers = await holdersOf(tabs, "room", 3);
  for (const tab of settlers) await until(tab, "holds both rooms", areBeside("room", 2));
  const [settler] = settlers as [Tab, ...Tab[]];
  await conflictsOf(settler.page).getByRole("button", { name: "Keep 305 for room" }).click();
  for (const tab of settlers)
    await until(tab, "has the room that was kept", ({ keys }) => keys.room === "305");
  await expect(conflictsOf(settler.page)).toContainText("No key holds several");
});

/** The tabs that own a key: as many as have it once everything was handed over. */
async function holdersOf(tabs: readonly Tab[], key: string, count: number): Promise<readonly Tab[]> {
  let holders: readonly Tab[] = [];
  await expect
    .poll(
      async () => {
        const seats = await Promise.all(tabs.map(state));
        holders = tabs.filter((_, i) => key in (seats[i]?.keys ?? {}));
        return holders.length;
      },
      { message: `${key} lives at ${count} sites`, timeout: 30_000 },
    )
    .toBe(count);
  return holders;
}
