import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { must } from "@/lib/kernel/assert";
import { randomStream } from "@/lib/kernel/random";
import type { SiteId } from "@/lib/protocol/ids";
import { until } from "../../contract/link-suite";
import { openPageClass, type PageClass, type Pupil } from "./page-class";

let open: PageClass | null = null;
afterEach(() => {
  open?.close();
  open = null;
});

async function pageClass(...cities: string[]): Promise<readonly Pupil[]> {
  open = await openPageClass(cities);
  return open.pupils;
}

function pupil(pupils: readonly Pupil[], index: number): Pupil {
  return must(pupils[index], "a pupil of that number");
}

const texts = (pupils: readonly Pupil[]) => pupils.map(({ page }) => page.text());
const areEqual = (pupils: readonly Pupil[]) => new Set(texts(pupils)).size === 1;
const append = ({ page }: Pupil, insert: string) => page.edit({ at: page.text().length, remove: 0, insert });

test("what one site writes all others read, and both of two concurrent edits survive", async () => {
  const pupils = await pageClass("Mumbai", "Pune", "Lima");
  append(pupil(pupils, 0), "hello");
  await until("all read it", () => texts(pupils).every((text) => text === "hello"));
  pupil(pupils, 1).page.edit({ at: 0, remove: 0, insert: "A" });
  pupil(pupils, 2).page.edit({ at: 0, remove: 0, insert: "B" });
  await until("they agree", () => areEqual(pupils) && pupil(pupils, 0).page.text().length === 7);
  expect(pupil(pupils, 0).page.text()).toMatch(/^(AB|BA)hello$/);
});

test("a partition of 3|2 holds, both sides write on, and the heal keeps every word of both", async () => {
  const pupils = await pageClass("Mumbai", "Pune", "Lima", "Osaka", "Lagos");
  append(pupil(pupils, 0), "start.");
  await until("all read it", () => areEqual(pupils) && texts(pupils)[4] === "start.");
  const across = [0, 1, 2].flatMap((left) => [3, 4].map((right) => [left, right] as const));
  open?.cutOnly(across);
  append(pupil(pupils, 1), " left");
  append(pupil(pupils, 4), " right");
  await until("each side agrees", () => areEqual(pupils.slice(0, 3)) && areEqual(pupils.slice(3)));
  await until(
    "both sides wrote",
    () => texts(pupils)[0] === "start. left" && texts(pupils)[3] === "start. right",
  );
  open?.cutOnly([]);
  await until("all agree", () => areEqual(pupils) && texts(pupils)[0]?.length === "start. left right".length);
  expect(texts(pupils)[0]).toContain(" left");
  expect(texts(pupils)[0]).toContain(" right");
});

test("live edits never go round a cut through a third site; the mended link brings them", async () => {
  const pupils = await pageClass("Mumbai", "Pune", "Lima");
  append(pupil(pupils, 0), ".");
  await until("all read it", () => texts(pupils).every((text) => text === "."));
  open?.cutOnly([[0, 1]]);
  append(pupil(pupils, 0), "secret");
  await until("the third site reads it", () => texts(pupils)[2] === ".secret");
  append(pupil(pupils, 2), "!");
  // Lima's own edit builds on letters that Pune lacks, so Yjs holds it back: neither shows.
  append(pupil(pupils, 1), "?");
  await until("the third site has both", () => (texts(pupils)[2] ?? "").includes("?"));
  expect(texts(pupils)[1]).toBe(".?");
  const passedOn = pupil(pupils, 2).sent.filter(
    ({ to, bytes }) => to === pupil(pupils, 1).site && holds(bytes, "secret"),
  );
  expect(passedOn).toEqual([]);
  open?.cutOnly([]);
  await until("all agree", () => areEqual(pupils) && (texts(pupils)[1] ?? "").includes("secret"));
});

test("forty random rounds of cutting, writing and healing: the pages agree after every heal", async () => {
  const pupils = await pageClass("Mumbai", "Pune", "Lima", "Osaka");
  const random = randomStream(11, "rounds");
  let letters = 0;
  for (let round = 0; round < 40; round += 1) {
    const pairs = [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ] as const;
    open?.cutOnly(pairs.filter(() => random.unit() < 0.5));
    for (let i = 0; i < 4; i += 1) {
      const { page } = pupil(pupils, random.below(4));
      page.edit({ at: random.below(page.text().length + 1), remove: 0, insert: `${round}` });
      letters += `${round}`.length;
      if (random.unit() < 0.5) await new Promise((resolve) => setTimeout(resolve, random.below(4)));
    }
    open?.cutOnly([]);
    await until(
      `round ${round} has converged`,
      () => areEqual(pupils) && texts(pupils)[0]?.length === letters,
    );
  }
  expect(pupils.flatMap(({ errors }) => errors).filter((error) => error !== "page-closed")).toEqual([]);
});

test("a cut of one direction is made good when it heals, whichever side wrote", async () => {
  const pupils = await pageClass("Mumbai", "Pune");
  open?.cutOneWay(0, 1);
  append(pupil(pupils, 0), "a");
  append(pupil(pupils, 1), "b");
  open?.cutOnly([]);
  await until("they agree", () => areEqual(pupils) && texts(pupils)[0]?.length === 2);
});

test("the last edit of a site that died reaches those it could not tell itself", async () => {
  const pupils = await pageClass("Mumbai", "Pune", "Lima");
  append(pupil(pupils, 0), ".");
  await until("all read it", () => texts(pupils).every((text) => text === "."));
  open?.cutOnly([[0, 2]]);
  append(pupil(pupils, 0), "last words");
  await until("Pune reads it", () => texts(pupils)[1] === ".last words");
  expect(texts(pupils)[2]).toBe(".");
  open?.leave(0);
  await until("Lima reads it from Pune", () => texts(pupils)[2] === ".last words");
});

test("a site that joins late gets the whole page, and a paste of 3 MB arrives", async () => {
  const pupils = await pageClass("Mumbai", "Pune");
  const paste = "0123456789abcdef".repeat(196_608);
  expect(append(pupil(pupils, 0), paste)).toBe(true);
  await until("Pune has it", () => texts(pupils)[1]?.length === paste.length);
  append(pupil(pupils, 1), "+");
  await until("edits still flow", () => texts(pupils)[0]?.length === paste.length + 1);
  const late = await must(open, "the class").join("Lima");
  await until("Lima has it", () => late.page.text().length === paste.length + 1);
  expect(append(late, "x".repeat(2 * 1024 * 1024))).toBe(false);
});

test("cursors carry the city, stick to their letters, and go when their site is cut off or gone", async () => {
  const pupils = await pageClass("Mumbai", "Pune", "Lima");
  append(pupil(pupils, 0), "abcdef");
  await until("all read it", () => texts(pupils).every((text) => text === "abcdef"));
  pupil(pupils, 0).page.moveCursor(3, 5);
  const seenBy = (index: number) => pupil(pupils, index).page.cursors();
  await until("both see it", () => seenBy(1).length === 1 && seenBy(2).length === 1);
  expect(seenBy(1)[0]).toEqual({ site: "mumbai", city: "Mumbai", at: 3, head: 5 });
  pupil(pupils, 1).page.edit({ at: 0, remove: 0, insert: ">>" });
  await until("it moved with its letters", () => seenBy(2)[0]?.at === 5 && seenBy(2)[0]?.head === 7);
  open?.cutOnly([[0, 1]]);
  expect(seenBy(1)).toEqual([]);
  expect(seenBy(2)).toHaveLength(1);
  open?.cutOnly([]);
  await until("it is back", () => seenBy(1).length === 1);
  open?.leave(0);
  expect([seenBy(1), seenBy(2)]).toEqual([[], []]);
});

test("every page has a BroadcastChannel to itself, even beside a page of the same site and incarnation", async () => {
  const posted = vi.spyOn(BroadcastChannel.prototype, "postMessage");
  const twins = await Promise.all([0, 1].map(() => openPageClass(["Mumbai", "Pune"])));
  for (const { pupils } of twins) {
    append(pupil(pupils, 0), "hello");
    await until("it is read", () => texts(pupils)[1] === "hello");
  }
  const names = posted.mock.contexts.map((channel) => (channel as BroadcastChannel).name);
  posted.mockRestore();
  for (const { close } of twins) close();
  // y-webrtc does post there, one name a page: four pages, four names.
  expect(new Set(names).size).toBe(4);
});

test("malformed bytes and presence in another's name are dropped and counted, and the page goes on", async () => {
  const pupils = await pageClass("Mumbai", "Pune");
  append(pupil(pupils, 0), "ok");
  await until("it flows", () => texts(pupils)[1] === "ok");
  const { page, errors } = pupil(pupils, 1);
  const from = "mumbai" as SiteId;
  const data = (...bytes: number[]) => page.receive(from, Uint8Array.from([1, ...bytes]));
  page.receive(from, new Uint8Array(0));
  page.receive(from, Uint8Array.from([7]));
  data();
  data(9);
  data(0, 0, 200);
  data(0, 7, 0);
  data(0, 0, 2, 5, 5);
  data(1, 4, 1, 1, 1, 40);
  data(1, 4, 1, 1, 1, 123);
  data(1, 6, 1, 200, 200, 200, 200, 200);
  expect(errors.every((error) => error === "page-malformed")).toBe(true);
  expect(errors).toHaveLength(10);
  const state = new TextEncoder().encode(JSON.stringify({ site: "pune" }));
  data(1, state.length + 4, 1, 77, 5, state.length, ...state);
  expect(errors.at(-1)).toBe("page-forged");
  page.receive("osaka" as SiteId, Uint8Array.from([1, 0, 0, 1, 0]));
  expect(errors.at(-1)).toBe("page-closed");
  const complaint = vi.spyOn(console, "error").mockReturnValue(undefined);
  const rubbish = Y.encodeStateAsUpdate(new Y.Doc()).map((byte) => byte ^ 0x55);
  data(0, 2, rubbish.length, ...rubbish);
  append(pupil(pupils, 0), "!");
  await until("it still flows", () => texts(pupils)[1] === "ok!");
  complaint.mockRestore();
});

function holds(bytes: Uint8Array, word: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(word);
}
