import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createSeatRig, put, type Rig, ready, stateOf, viewOf } from "./seat-rig";

const within = { timeout: 15_000, interval: 20 };
let rig: Rig;
beforeAll(async () => {
  rig = await createSeatRig();
}, 60_000);
afterEach(async () => {
  for (const page of rig.context.pages()) await page.close();
});
afterAll(() => rig.close());

async function openThree(preset: string) {
  const lab = await rig.createLab({ preset, sites: 3 });
  const pages = [await rig.openSeat(lab.code), await rig.openSeat(lab.code), await rig.openSeat(lab.code)];
  const [first, second, third] = pages;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three tabs");
  for (const page of pages) {
    const up = async () => (await stateOf(page)).links.filter(({ status }) => status === "up").length;
    await expect.poll(up, within).toBe(2);
  }
  return { lab, pages, first, second, third };
}

test("three tabs join, link directly, and a write at a replica is everywhere", async () => {
  const { pages, second } = await openThree("postgres-async");
  expect(await put(second, "x", "A")).toMatchObject({ status: "ok", error: null });
  for (const page of pages) {
    await expect.poll(async () => (await stateOf(page)).keys.x, within).toBe("A");
    await expect
      .poll(async () => (await stateOf(page)).links.map(({ via }) => via), within)
      .toEqual(["direct", "direct"]);
  }
});

test("the primary's tab is closed: another is primary at once, and the old tab comes back with its disk", async () => {
  const { first, second } = await openThree("postgres-async");
  await put(first, "x", "A");
  const site = (await viewOf(first)).site;
  const url = first.url();
  const closedAt = Date.now();
  await first.close({ runBeforeUnload: true });
  await expect.poll(async () => (await put(second, "x", "B")).status, within).toBe("ok");
  // The page released its lease, so nobody waited for the timeout.
  expect(Date.now() - closedAt).toBeLessThan(2_000);

  const reopened = await rig.openSeat(url);
  const view = await viewOf(reopened);
  expect(view).toMatchObject({ site, freshSeat: false });
  await expect.poll(async () => (await stateOf(reopened)).keys.x, within).toBe("B");
});

test("a refresh resumes the same site with its data within three seconds", async () => {
  const { second } = await openThree("postgres-async");
  const { site, seatId } = await viewOf(second);
  const startedAt = Date.now();
  await second.reload();
  await ready(second);
  expect(Date.now() - startedAt).toBeLessThan(3_000);
  expect(await viewOf(second)).toMatchObject({ site, seatId, freshSeat: false });
});

test("a duplicated tab gets a seat of its own and the first goes on", async () => {
  const { first } = await openThree("postgres-async");
  const twin = await rig.openSeat(first.url());
  expect((await viewOf(twin)).freshSeat).toBe(true);
  expect((await viewOf(twin)).seatId).not.toBe((await viewOf(first)).seatId);
  expect((await put(first, "x", "A")).status).toBe("ok");
});

test("a crash keeps or loses the disk, and a restart is a new incarnation that catches up", async () => {
  const { first, second } = await openThree("postgres-async");
  await put(first, "x", "A");
  for (const disk of ["kept", "lost"] as const) {
    await second.evaluate((how) => window.seat.crash(how), disk);
    expect(await viewOf(second)).toMatchObject({
      state: "crashed",
      cannotWrite: "This site is down.",
      links: [],
    });
    expect(await put(second, "x", "B")).toMatchObject({ status: "fail", error: "SITE_DOWN" });
    await second.evaluate(() => window.seat.restart());
    await expect.poll(async () => (await stateOf(second)).keys.x, within).toBe("A");
  }
});

test("a cut acts within 300 ms on both pages, survives a refresh, and heals", async () => {
  const { lab, first, second, third } = await openThree("dynamodb-global-tables");
  const [a, b, c] = [(await viewOf(first)).site, (await viewOf(second)).site, (await viewOf(third)).site];
  const { tookMs } = await rig.command(lab, { do: "partition", groups: [[a], [b, c]] });
  expect(tookMs).toBeLessThan(300);
  await first.evaluate(() => window.seat.writeLwwPage("alone"));
  await put(first, "x", "alone");
  await second.reload();
  await ready(second);
  await put(second, "y", "together");
  await second.evaluate(() => window.seat.writeLwwPage("together"));
  await expect.poll(async () => (await stateOf(third)).keys.y, within).toBe("together");
  await expect.poll(async () => (await viewOf(third)).page.lwwText, within).toBe("together");
  expect((await viewOf(second)).links.find(({ to }) => to === a)?.status).toBe("cut");
  expect(Object.keys((await stateOf(first)).keys)).toEqual(["x"]);
  expect((await viewOf(first)).page.lwwText).toBe("alone");

  await rig.command(lab, { do: "heal" });
  for (const page of [first, second, third]) {
    await expect.poll(async () => (await stateOf(page)).keys, within).toEqual({ x: "alone", y: "together" });
    await expect.poll(async () => (await viewOf(page)).page.lwwText, within).toBe("together");
  }
});

test("both shared pages are edited during a partition: y-webrtc keeps both texts, the LWW copy one", async () => {
  const { lab, first, second, third } = await openThree("postgres-async");
  const pages = [first, second, third];
  const type = (page: Page, at: number, insert: string) =>
    page.evaluate((edit) => window.seat.editPage(edit), { at, remove: 0, insert });
  const texts = () => Promise.all(pages.map(async (page) => (await viewOf(page)).page.text));
  for (const page of pages) await expect.poll(async () => (await viewOf(page)).page.ready, within).toBe(true);
  await type(first, 0, "one ");
  await expect.poll(texts, within).toEqual(["one ", "one ", "one "]);
  await second.evaluate(() => window.seat.moveCursor(1, 3));
  const city = (await viewOf(second)).city;
  await expect
    .poll(async () => (await viewOf(first)).page.cursors, within)
    .toEqual([expect.objectContaining({ city, at: 1, head: 3 })]);

  const sites = await Promise.all(pages.map(async (page) => (await viewOf(page)).site));
  await rig.command(lab, { do: "partition", groups: [[sites[0]], [sites[1], sites[2]]] });
  await type(first, 4, "left ");
  await type(second, 4, "right ");
  await expect.poll(texts, within).toEqual(["one left ", "one right ", "one right "]);
  await third.reload();
  await ready(third);
  await expect.poll(texts, within).toEqual(["one left ", "one right ", "one right "]);

  await rig.command(lab, { do: "heal" });
  const isMerged = async () => {
    const [a = "", b, c] = await texts();
    return a === b && b === c && a.includes("left ") && a.includes("right ");
  };
  await expect.poll(isMerged, within).toBe(true);

  await rig.command(lab, { do: "reset" });
  await expect.poll(texts, within).toEqual(["", "", ""]);
  await type(second, 0, "fresh");
  await expect.poll(texts, within).toEqual(["fresh", "fresh", "fresh"]);
});

test("a paused site handles nothing, its class goes on without it, and it says so", async () => {
  const { lab, first, second } = await openThree("postgres-async");
  const { site } = await viewOf(first);
  await rig.command(lab, { do: "pause", site });
  await expect.poll(async () => (await viewOf(first)).state, within).toBe("paused");
  const asked = put(first, "x", "zombie");
  await expect.poll(async () => (await put(second, "x", "B")).status, within).toBe("ok");
  await rig.command(lab, { do: "resume", site });
  expect((await asked).status).not.toBe("ok");
  await expect.poll(async () => (await stateOf(first)).role, within).toBe("replica");
  await expect.poll(async () => (await stateOf(first)).keys.x, within).toBe("B");
});

test("freeze refuses the student's writes, skew moves the site's clock, and the trace has no gaps", async () => {
  const { lab, first } = await openThree("postgres-async");
  await rig.command(lab, { do: "freeze" });
  expect(await put(first, "x", "A")).toMatchObject({ status: "fail", error: "FROZEN" });
  await rig.command(lab, { do: "unfreeze" });
  expect((await put(first, "x", "A")).status).toBe("ok");
  const { site } = await viewOf(first);
  await rig.command(lab, { do: "clock", site, skewMs: -7000 });
  await expect.poll(async () => (await viewOf(first)).clock.skewMs, within).toBe(-7000);
  await first.reload();
  await ready(first);
  expect((await viewOf(first)).clock.skewMs).toBe(-7000);

  await expect
    .poll(async () => (await eventsOf(lab, site)).filter(({ kind }) => kind === "ok").length, within)
    .toBe(1);
  const numbers = (await eventsOf(lab, site)).map(({ e }) => e);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

async function eventsOf(lab: { code: string; key: string }, site: string) {
  const answer = await fetch(`${rig.origin}/api/labs/${lab.code}/trace`, {
    headers: { authorization: `Bearer ${lab.key}` },
  });
  const lines = (await answer.text()).trim().split("\n").slice(1);
  return lines.map((line) => JSON.parse(line)).filter((event) => event.site === site);
}

test("the server is away and comes back: the page says so, the seat stays, writes work again", async () => {
  const { pages, first } = await openThree("postgres-async");
  await put(first, "x", "A");
  await rig.restartServer(async () => {
    await expect.poll(async () => (await viewOf(first)).server, within).toBe("away");
    await expect
      .poll(async () => (await viewOf(first)).cannotWrite, within)
      .toMatch(/The lab server is away/);
  });
  for (const page of pages)
    await expect.poll(async () => (await viewOf(page)).server, within).toBe("connected");
  await expect.poll(async () => (await put(first, "x", "B")).status, within).toBe("ok");
});

test("a lab that ends leaves nothing in the browser, also of seats whose tabs were closed", async () => {
  const { lab, pages, first, third } = await openThree("postgres-async");
  const seats = await Promise.all(pages.map(async (page) => (await viewOf(page)).seatId));
  await third.close();
  const other = await rig.openSeat((await rig.createLab({ sites: 1 })).code);
  const left = () =>
    other.evaluate(async (ids) => {
      const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
      return ids.filter((id) => names.some((name) => name.endsWith(id))).length;
    }, seats);
  expect(await left()).toBe(3);
  await rig.endLab(lab);
  const over = { phase: "over", why: "lab-ended" };
  await expect.poll(() => first.evaluate(() => window.seat.store.get()), within).toEqual(over);
  await expect.poll(left, within).toBe(0);
});

test("a kicked tab stops and forgets its seat", async () => {
  const { lab, first } = await openThree("postgres-async");
  const { site } = await viewOf(first);
  await rig.command(lab, { do: "kick", site });
  const over = { phase: "over", why: "kicked" };
  await expect.poll(() => first.evaluate(() => window.seat.store.get()), within).toEqual(over);
  await first.reload();
  await ready(first);
  expect((await viewOf(first)).freshSeat).toBe(true);
});

test("a browser without storage runs a site all the same and says what that means", async () => {
  await rig.context.addInitScript(() => {
    if (location.hash === "#private") Object.defineProperty(window, "indexedDB", { value: undefined });
  });
  const lab = await rig.createLab({ sites: 1 });
  const page = await rig.openSeat(`${rig.origin}/lab/${lab.code}#private`);
  expect((await viewOf(page)).notices.join()).toMatch(/no storage/);
  await expect.poll(async () => (await put(page, "x", "A")).status, within).toBe("ok");
});

test("a disk that a student throws away counts for nothing: nobody waits for what it held", async () => {
  const { lab, second } = await openThree("postgres-sync");
  await put(second, "x", "A");
  const { city } = await viewOf(second);
  await second.evaluate(() => window.seat.crash("lost"));
  const told = async () => (await eventsOf(lab, "coordinator")).map(({ text }) => text);
  await expect.poll(told, within).toContain(`What ${city} held is gone and counts for nothing.`);
  await second.evaluate(() => window.seat.restart());
  await expect.poll(async () => (await stateOf(second)).keys.x, within).toBe("A");
});
