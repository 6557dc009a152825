import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSqliteStore } from "../../server/store/sqlite-store";
import { authOf, join, open } from "./fake-seat";
import { claimSeat, command, connect, createLab, openConsole, startServer, until } from "./harness";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(joinPath(tmpdir(), "faultline-restart-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a server that is killed and started again has its labs, seats, faults and epochs, and hurries nobody", async () => {
  const first = await startServer({ store: createSqliteStore(folder) });
  const lab = await createLab(first, { title: "Tuesday" });
  const [a, b] = [await join(first, lab.code), await join(first, lab.code)];
  a.keepBeating();
  b.keepBeating();
  await until("the first primary reigns", () => a.heard.view?.primary === "mumbai" && a.heard.granted > 0);
  await command(first, lab, { do: "promote", site: "frankfurt" });
  await until("the second one reigns", () => b.heard.view?.primary === "frankfurt" && b.heard.granted > 0);
  await command(first, lab, { do: "link", from: "mumbai", to: "frankfurt", delayMs: 80 });
  await command(first, lab, { do: "lock" });
  const before = b.heard.view?.epoch ?? 0;
  expect(before).toBeGreaterThanOrEqual(2);
  a.close();
  b.close();
  await first.close();

  const restartedAt = performance.now();
  const second = await startServer({ store: createSqliteStore(folder) });
  const console = await openConsole(second, lab);
  const picture = await until("a picture", () => console.picture);
  expect(picture).toMatchObject({ title: "Tuesday", locked: true });
  expect(picture.pods[0]?.view.epoch).toBe(before);
  expect(picture.pods[0]?.faults.links).toHaveLength(2);
  // The tabs kept running: their sockets reconnect with the proof they have, no claim is needed.
  const again = await open(second, a.claim);
  again.keepBeating();
  await until("the replica alone is promoted at last", () => again.heard.view?.primary === "mumbai", 15_000);
  expect(performance.now() - restartedAt).toBeGreaterThan(a.heard.view?.cluster.detector.timeoutMs ?? 0);
  expect(again.heard.view?.epoch).toBeGreaterThan(before);
  // An incarnation is never given twice, not even by the restarted server.
  again.close();
  const resumed = await claimSeat(second, lab.code, { seatId: a.claim.seatId, secret: a.claim.secret });
  expect(resumed.incarnation).toBe(2);
  await expect(connect(second, "control", authOf(a.claim))).rejects.toThrow("SEAT_TAKEN");
  console.socket.close();
  await second.close();
  expect([...first.errors, ...second.errors]).toEqual([]);
});

test("a pause for a time ends in time, also where the server was killed meanwhile", async () => {
  const first = await startServer({ store: createSqliteStore(folder) });
  const lab = await createLab(first);
  await command(first, lab, { do: "pause", site: "mumbai", forMs: 1_000 });
  await command(first, lab, { do: "pause", site: "frankfurt" });
  await first.close();

  const second = await startServer({ store: createSqliteStore(folder) });
  const console = await openConsole(second, lab);
  const paused = () =>
    console.picture?.pods[0]?.faults.sites
      .filter(({ condition }) => condition.paused)
      .map(({ site }) => site);
  await until("only the pause without an end lasts", () => paused()?.join() === "frankfurt");
  console.socket.close();
  await second.close();
});

test("an epoch is sent to nobody before the store has it", async () => {
  const store = createSqliteStore(joinPath(folder, "slow"));
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = {
    ...store,
    append: async (...[code, events]: Parameters<typeof store.append>) => {
      if (events.some((event) => event.type === "remembered" && event.memory.view.epoch === 1)) await held;
      await store.append(code, events);
    },
  };
  const server = await startServer({ store: slow });
  const lab = await createLab(server);
  const a = await join(server, lab.code);
  a.keepBeating();
  const watch = await openConsole(server, lab);
  await until("the coordinator has decided", () => watch.picture?.pods[0]?.view.epoch === 1);
  const heardAt = a.heard.view?.epoch;
  release();
  await until("now the primary hears of it", () => a.heard.view?.epoch === 1);
  expect(heardAt).toBe(0);
  a.close();
  watch.socket.close();
  await server.close();
});
