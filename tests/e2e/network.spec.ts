import { expect } from "@playwright/test";
import { createLab } from "./lab-server";
import { test } from "./story";
import { meshed, openClass, openSeat, primaryOf, putUntilOk, run, until } from "./tabs";

test("a class on a plain-http LAN origin replicates over direct WebRTC", async ({ context, server }) => {
  const lab = await createLab(server, { preset: "postgres-async", sites: 3 });
  const lan = `http://lab.test:${server.port}`;
  const tabs = [];
  for (let n = 0; n < 3; n += 1) tabs.push(await openSeat(context, `${lan}/lab/${lab.code}`));
  expect(await tabs[0]?.page.evaluate(() => window.isSecureContext)).toBe(false);
  await meshed(tabs, "direct");
  await putUntilOk(await primaryOf(tabs), "x", "over the air");
  for (const tab of tabs) await until(tab, "has x", ({ keys }) => keys.x === "over the air");
});

test("without WebRTC the relay carries everything, and the seat says so", async ({ context, server }) => {
  await context.addInitScript(() => {
    Reflect.deleteProperty(window, "RTCPeerConnection");
    Reflect.deleteProperty(window, "webkitRTCPeerConnection");
  });
  const lab = await createLab(server, { preset: "postgres-sync", sites: 3 });
  const tabs = await openClass(context, server, lab, 3);
  await meshed(tabs, "relay");
  await putUntilOk(await primaryOf(tabs), "x", "relayed");
  for (const tab of tabs) {
    await until(tab, "has x", ({ keys }) => keys.x === "relayed");
    await expect(tab.page.getByText(/relay/i).first()).toBeVisible();
  }
});

test("a write at a replica's seat is forwarded, and a duplicated tab becomes a seat of its own", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "postgres-async", sites: 3 });
  const tabs = await openClass(context, server, lab, 2);
  await meshed(tabs);
  const primary = await primaryOf(tabs);
  const replica = tabs.find((tab) => tab !== primary);
  if (replica === undefined) throw new Error("two tabs");
  const answer = await run(replica, "put", "x", "through the replica");
  expect(answer).toMatchObject({ status: "ok" });
  await until(primary, "has x", ({ keys }) => keys.x === "through the replica");
  const duplicate = await openSeat(context, replica.page.url());
  expect(duplicate.site).not.toBe(replica.site);
  await until(replica, "goes on undisturbed", ({ role }) => role === "replica");
});

test("a wrong code and a wrong key are told in words, with a way out", async ({ page, server }) => {
  await page.goto(`${server.origin}/lab/ZZZZZZ`);
  await expect(page.getByText(/there is no lab/i).first()).toBeVisible();
  await expect(page.getByRole("link", { name: /home|start|join/i }).first()).toBeVisible();
  const lab = await createLab(server, { preset: "postgres-async" });
  await page.goto(`${server.origin}/console/${lab.code}#key=${"x".repeat(32)}`);
  await expect(page.getByText(/key/i).first()).toBeVisible();
});
