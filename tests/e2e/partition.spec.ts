import { expect } from "@playwright/test";
import { command, createLab } from "./lab-server";
import { test } from "./story";
import { meshed, openClass, openSeparateClass, run, siteOf, state, until } from "./tabs";

test("a partition of 3|2 with writes on both sides: LWW loses increments, the CRDT keeps them", async ({
  browser,
  server,
}) => {
  const lab = await createLab(server, { preset: "yjs", sites: 5 });
  const tabs = await openSeparateClass(browser, server, lab, 5);
  await meshed(tabs);
  const left = tabs.slice(0, 3);
  const right = tabs.slice(3);
  const [first, last] = [tabs[0], tabs[4]];
  if (first === undefined || last === undefined) throw new Error("five tabs");
  const cut = await command(server, lab, {
    do: "partition",
    groups: [left.map((tab) => tab.site), right.map((tab) => tab.site)],
  });
  expect(cut.unreached).toEqual([]);
  expect(cut.tookMs).toBeLessThan(300);

  for (const tab of [first, last]) {
    for (let n = 0; n < 3; n += 1) expect((await run(tab, "increment", "votes", 1)).status).toBe("ok");
  }
  expect((await run(first, "put", "room", "204")).status).toBe("ok");
  expect((await run(last, "put", "room", "305")).status).toBe("ok");
  await until(
    left[1] ?? first,
    "heard its own side only",
    ({ keys }) => keys.votes === 3 && keys.room === "204",
  );

  expect((await command(server, lab, { do: "heal" })).unreached).toEqual([]);
  for (const tab of tabs)
    await until(tab, "the CRDT kept every increment", ({ merges }) => merges.crdt?.votes === 6);
  const merged = (await Promise.all(tabs.map(state))).map(({ merges }) => merges);
  for (const merges of merged) {
    expect(merges).toEqual(merged[0]);
    expect(merges.lww?.votes).toBe(3);
    expect(["204", "305"]).toContain(merges.lww?.room);
  }
});

test("the shared page diverges during a partition and Yjs merges both halves after the heal", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "yjs", sites: 4 });
  const tabs = await openClass(context, server, lab, 4);
  await meshed(tabs);
  const [a, b, c, d] = tabs;
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("four tabs");
  const page = (tab: typeof a) => tab.page.getByRole("textbox", { name: "Merged (Yjs over y-webrtc)" });
  const lww = (tab: typeof a) =>
    tab.page.getByRole("textbox", { name: "The same page as one value, last write wins" });
  for (const tab of tabs) await tab.page.getByRole("checkbox", { name: "Type in both" }).uncheck();
  await page(a).fill("hello ");
  for (const tab of tabs) await expect(page(tab)).toHaveValue("hello ");
  await command(server, lab, {
    do: "partition",
    groups: [
      [a.site, b.site],
      [c.site, d.site],
    ],
  });
  await page(a).press("End");
  await page(a).pressSequentially("left");
  await page(d).press("End");
  await page(d).pressSequentially("right");
  await lww(a).fill("all left");
  await lww(d).fill("all right");
  await expect(page(b)).toHaveValue("hello left");
  await expect(page(c)).toHaveValue("hello right");
  await command(server, lab, { do: "heal" });
  await expect(page(a)).toHaveValue(/^hello (leftright|rightleft)$/);
  const text = await page(a).inputValue();
  for (const tab of tabs) await expect(page(tab)).toHaveValue(text);
  for (const tab of tabs) await expect(lww(tab)).toHaveValue("all right");
});

test("a refresh in the middle of a partition keeps the cut, the seat and the data", async ({
  context,
  server,
}) => {
  const lab = await createLab(server, { preset: "dynamodb-global-tables", sites: 3 });
  const tabs = await openClass(context, server, lab, 3);
  await meshed(tabs);
  const [a, b] = tabs;
  if (a === undefined || b === undefined) throw new Error("three tabs");
  await command(server, lab, { do: "isolate", site: a.site });
  expect((await run(a, "put", "x", "alone")).status).toBe("ok");
  await a.page.reload();
  expect(await siteOf(a.page)).toBe(a.site);
  await until(a, "still has its write", ({ keys }) => keys.x === "alone");
  expect((await run(a, "put", "y", "still alone")).status).toBe("ok");
  expect((await run(b, "put", "z", "others")).status).toBe("ok");
  await until(a, "sees its links cut", ({ links }) => links.every((link) => link.status === "cut"));
  expect((await state(b)).keys).not.toHaveProperty("y");
  await command(server, lab, { do: "heal" });
  for (const tab of tabs) {
    await until(
      tab,
      "has everything",
      ({ keys }) => keys.x === "alone" && keys.y === "still alone" && keys.z === "others",
    );
  }
});
