import { expect } from "@playwright/test";
import { command, createLab } from "./lab-server";
import { killRenderers, openBrowser, signalRenderers } from "./processes";
import { test } from "./story";
import { meshed, openClass, openSeat, primaryOf, putUntilOk, run, siteOf, state, until } from "./tabs";

test("five tabs, the primary's tab is closed, a write succeeds on the new primary, the old tab is rewound", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "postgres-async", sites: 5 });
  const tabs = await openClass(context, server, lab, 5);
  await meshed(tabs);
  const primary = await primaryOf(tabs);
  const others = tabs.filter((tab) => tab !== primary);
  expect((await run(primary, "put", "seat", "A1")).status).toBe("ok");
  for (const tab of others) await until(tab, "has the first write", ({ keys }) => "seat" in keys);

  // The primary is alone for a moment: what it acknowledges now reaches nobody else.
  await command(server, lab, { do: "partition", groups: [[primary.site], others.map((tab) => tab.site)] });
  expect((await run(primary, "put", "seat", "B2")).status).toBe("ok");
  expect((await run(primary, "put", "row", "7")).status).toBe("ok");
  const oldEpoch = (await state(primary)).epoch;
  const seatUrl = primary.page.url();
  await primary.page.close();
  await command(server, lab, { do: "heal" });

  const successor = await primaryOf(others);
  expect((await state(successor)).epoch).toBeGreaterThan(oldEpoch);
  expect((await putUntilOk(successor, "seat", "C3")).status).toBe("ok");
  for (const tab of others) await until(tab, "has the new primary's write", ({ keys }) => keys.seat === "C3");

  const reopened = await openSeat(context, seatUrl);
  expect(reopened.site).toBe(primary.site);
  const back = await until(
    reopened,
    "has caught up as a replica",
    ({ role, keys }) => role === "replica" && keys.seat === "C3",
  );
  expect(back.keys).not.toHaveProperty("row");
  await expect(reopened.page.getByText(/these 2 writes are not in the surviving history/i)).toBeVisible();
});

test("a killed renderer leads to a failover, and the class can write again", async ({
  browser,
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "postgres-sync", sites: 3 });
  const doomed = await openBrowser(browser);
  const first = await openSeat(await doomed.newContext(), `${server.origin}/lab/${lab.code}`);
  const others = await openClass(context, server, lab, 2);
  await meshed([first, ...others]);
  await until(first, "is primary", ({ role }) => role === "primary");
  const acknowledged = await putUntilOk(first, "x", "kept");
  expect(acknowledged.status).toBe("ok");
  await killRenderers(doomed);

  const successor = await primaryOf(others);
  await putUntilOk(successor, "y", "after");
  for (const tab of others) {
    await until(tab, "kept the acknowledged write", ({ keys }) => keys.x === "kept" && keys.y === "after");
  }
  await doomed.close();
});

test("a frozen primary that wakes up acknowledges nothing and steps down", async ({
  browser,
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "postgres-async", sites: 3 });
  const frozen = await openBrowser(browser);
  const first = await openSeat(await frozen.newContext(), `${server.origin}/lab/${lab.code}`);
  const others = await openClass(context, server, lab, 2);
  await meshed([first, ...others]);
  await until(first, "is primary", ({ role }) => role === "primary");
  await putUntilOk(first, "x", "before");

  await signalRenderers(frozen, "SIGSTOP");
  // Asked while it sleeps: the handler runs as soon as it wakes, before any timer or message of the new reign.
  const asked = run(first, "put", "x", "zombie");
  const successor = await primaryOf(others);
  await putUntilOk(successor, "x", "after");
  await signalRenderers(frozen, "SIGCONT");

  const answer = await asked;
  const surviving = (await state(successor)).keys.x;
  // Woken up, it either refused, or had already become a replica and forwarded the write to the new primary.
  if (answer.status === "ok") expect(surviving).toBe("zombie");
  else expect(surviving).toBe("after");
  await until(
    first,
    "is a replica of the new reign",
    ({ role, keys }) => role === "replica" && keys.x === surviving,
  );
  await frozen.close();
});

test("a refresh of the primary keeps its seat, and no acknowledged write is lost", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "postgres-async", sites: 3 });
  const tabs = await openClass(context, server, lab, 3);
  await meshed(tabs);
  const primary = await primaryOf(tabs);
  await putUntilOk(primary, "x", "1");
  for (const tab of tabs) await until(tab, "has x", ({ keys }) => keys.x === "1");
  const startedAt = Date.now();
  await primary.page.reload();
  expect(await siteOf(primary.page)).toBe(primary.site);
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  await meshed(tabs);
  const now = await primaryOf(tabs);
  await putUntilOk(now, "y", "2");
  for (const tab of tabs) await until(tab, "has both writes", ({ keys }) => keys.x === "1" && keys.y === "2");
});

test("the server is killed and started again: seats come back, epochs never go back", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "postgres-async", sites: 3 });
  const tabs = await openClass(context, server, lab, 3);
  await meshed(tabs);
  const primary = await primaryOf(tabs);
  await putUntilOk(primary, "x", "before");
  const { epoch } = await state(primary);
  await server.kill();
  await expect(primary.page.getByText(/the lab server is away/i).first()).toBeVisible();
  const refused = await expect
    .poll(async () => (await run(primary, "put", "x", "during")).status, { timeout: 20_000 })
    .not.toBe("ok");
  expect(refused).toBeUndefined();
  await server.start();
  const after = await primaryOf(tabs);
  await putUntilOk(after, "x", "after");
  expect((await state(after)).epoch).toBeGreaterThanOrEqual(epoch);
  for (const tab of tabs) await until(tab, "has the write after", ({ keys }) => keys.x === "after");
});

test("a former primary that wrote alone stays out, until its student gives those writes up", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "mysql-semisync", sites: 3 });
  const tabs = await openClass(context, server, lab, 3);
  await meshed(tabs);
  const old = await primaryOf(tabs);
  await command(server, lab, { do: "isolate", site: old.site });
  // It waits for a replica until its time is up, and then goes on alone.
  expect((await run(old, "put", "x", "alone")).status).toBe("ok");
  await primaryOf(tabs.filter((tab) => tab !== old));
  await command(server, lab, { do: "heal" });

  const rejoin = old.page.getByRole("button", { name: "Give them up and rejoin" });
  await expect(old.page.getByText("This write is not in the surviving history")).toBeVisible();
  expect((await state(old)).keys).toEqual({ x: "alone" });
  await rejoin.click();
  await until(old, "has given it up", ({ keys, lagOps }) => !("x" in keys) && lagOps === 0);
  await expect(rejoin).toBeHidden();
});
