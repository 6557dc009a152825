import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../lib/protocol/limits";
import { authOf, type FakeSeat, join, open } from "./fake-seat";
import {
  claimSeat,
  command,
  connect,
  createLab,
  openConsole,
  post,
  startServer,
  type TestServer,
  until,
} from "./harness";

let server: TestServer;
const tabs: FakeSeat[] = [];
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  for (const tab of tabs) tab.close();
  await server.close();
  expect(server.errors).toEqual([]);
});

async function sit(code: string, body: unknown = {}): Promise<FakeSeat> {
  const tab = await join(server, code, body);
  tabs.push(tab);
  return tab;
}

function proof({ claim }: FakeSeat) {
  return { seatId: claim.seatId, secret: claim.secret };
}

test("newcomers get the next free site, then a further pod opens; wishes are granted where they can be", async () => {
  const lab = await createLab(server, { sites: 3 });
  const first = await claimSeat(server, lab.code);
  const wished = await claimSeat(server, lab.code, { site: "virginia" });
  const second = await claimSeat(server, lab.code);
  const further = await claimSeat(server, lab.code, { site: "mumbai" });
  const back = await claimSeat(server, lab.code, { pod: "pod-1" });
  expect([first, wished, second].map(({ pod, site, index }) => [pod, site, index])).toEqual([
    ["pod-1", "mumbai", 0],
    ["pod-1", "virginia", 2],
    ["pod-1", "frankfurt", 1],
  ]);
  expect([further.pod, further.site]).toEqual(["pod-2", "mumbai"]);
  expect([back.pod, back.site]).toEqual(["pod-2", "frankfurt"]);
});

test("a lab has a last seat", async () => {
  const lab = await createLab(server, { sites: 1 });
  for (let n = 0; n < limits.podsPerLab; n += 1) await claimSeat(server, lab.code);
  expect((await post(`${server.origin}/api/labs/${lab.code}/seats`, {})).body.error.code).toBe("LAB_FULL");
});

test("a closed tab that opens again resumes its site as a new incarnation", async () => {
  const lab = await createLab(server);
  const before = await sit(lab.code);
  before.close();
  const claim = await claimSeat(server, lab.code, proof(before));
  expect(claim).toMatchObject({
    resumed: true,
    site: before.claim.site,
    secret: before.claim.secret,
    incarnation: 2,
  });
});

test("a duplicated tab becomes a new seat, because the first one answers that it lives", async () => {
  const lab = await createLab(server);
  const original = await sit(lab.code);
  const copy = await claimSeat(server, lab.code, proof(original));
  expect(copy.resumed).toBe(false);
  expect(copy.seatId).not.toBe(original.claim.seatId);
  expect(copy.site).not.toBe(original.claim.site);
  expect(original.heard.over).toBeNull();
});

test("a tab that hangs loses its seat to the one that resumes it, and is told when it wakes", async () => {
  const lab = await createLab(server);
  const hung = await sit(lab.code);
  hung.control.off("probe");
  const claim = await claimSeat(server, lab.code, proof(hung));
  expect(claim).toMatchObject({ resumed: true, site: hung.claim.site });
  tabs.push(await open(server, claim));
  await until("the hung tab is told", () => hung.heard.over === "superseded");
  await until("its sockets are closed", () => !hung.coordination.connected && !hung.control.connected);
});

test("a wrong secret resumes nothing", async () => {
  const lab = await createLab(server);
  const mine = await sit(lab.code);
  mine.close();
  const claim = await claimSeat(server, lab.code, { seatId: mine.claim.seatId, secret: "x".repeat(32) });
  expect(claim.resumed).toBe(false);
  expect(claim.site).not.toBe(mine.claim.site);
});

test("sockets of an older incarnation, a wrong secret or an unknown seat are refused by name", async () => {
  const lab = await createLab(server);
  const old = await sit(lab.code);
  old.close();
  await claimSeat(server, lab.code, proof(old));
  const auth = authOf(old.claim);
  await expect(connect(server, "coordination", auth)).rejects.toThrow("SEAT_TAKEN");
  await expect(connect(server, "relay", { ...auth, secret: "y".repeat(32) })).rejects.toThrow("SEAT_EXPIRED");
  await expect(connect(server, "control", { ...auth, seatId: "abcdefgh" })).rejects.toThrow("SEAT_EXPIRED");
  await expect(connect(server, "control", { ...auth, code: "ZZZZZZ" })).rejects.toThrow("LAB_NOT_FOUND");
  await expect(
    connect(server, "control", { as: "console", code: lab.code, key: "z".repeat(32) }),
  ).rejects.toThrow("FORBIDDEN");
  await expect(connect(server, "edge", { as: "screen", code: lab.code })).rejects.toThrow("FORBIDDEN");
});

test("a new socket that comes before the old one's farewell keeps the seat", async () => {
  const lab = await createLab(server);
  const console = await openConsole(server, lab);
  const tab = await sit(lab.code);
  const again = await connect(server, "control", authOf(tab.claim));
  tab.control.close();
  const lock = await command(server, lab, { do: "cut", from: "mumbai", to: "frankfurt" });
  expect(lock.body.unreached).toEqual(["mumbai"]);
  again.on("faults", (faults, confirm) => confirm(faults.version));
  expect((await command(server, lab, { do: "heal" })).body.unreached).toEqual([]);
  again.close();
  console.socket.close();
});

test("a locked lab refuses newcomers and lets its own back in", async () => {
  const lab = await createLab(server);
  const own = await sit(lab.code);
  await command(server, lab, { do: "lock" });
  own.close();
  expect((await claimSeat(server, lab.code, proof(own))).resumed).toBe(true);
  const stranger = await post(`${server.origin}/api/labs/${lab.code}/seats`, {});
  expect([stranger.status, stranger.body.error.code]).toEqual([403, "LAB_LOCKED"]);
  await command(server, lab, { do: "unlock" });
  expect((await claimSeat(server, lab.code)).resumed).toBe(false);
});

test("a kicked tab is told, may not come back, and its site is free; incarnations there go on counting", async () => {
  const lab = await createLab(server);
  const kicked = await sit(lab.code);
  const done = await command(server, lab, { do: "kick", site: "mumbai" });
  expect(done.body).toMatchObject({ ok: true });
  await until("it is told", () => kicked.heard.over === "kicked");
  await expect(connect(server, "control", authOf(kicked.claim))).rejects.toThrow("SEAT_EXPIRED");
  const next = await claimSeat(server, lab.code, proof(kicked));
  expect(next).toMatchObject({ resumed: false, site: "mumbai", incarnation: 2 });
  expect(next.seatId).not.toBe(kicked.claim.seatId);
});

test("peers are the other tabs of the pod, each with its incarnation, and nobody of another pod", async () => {
  const lab = await createLab(server, { sites: 2 });
  const [a, b, c] = [await sit(lab.code), await sit(lab.code), await sit(lab.code)];
  await until("a hears of b", () => a.heard.peers.length === 1);
  expect(a.heard.peers).toEqual([{ site: "frankfurt", incarnation: 1 }]);
  expect(c.heard.peers).toEqual([]);
  const numbered = await new Promise<number>((resolve) => b.control.emit("incarnate", resolve));
  expect(numbered).toBe(2);
  await until("b is not there while it starts again", () => a.heard.peers.length === 0);
  const again = await open(server, { ...b.claim, incarnation: numbered });
  tabs.push(again);
  await until("a hears of its new start", () => a.heard.peers[0]?.incarnation === 2);
});

test("an expired lab ends: everybody is told, and nothing of it is left", async () => {
  const brief = await startServer({ config: { labTtlMs: 300 } });
  const lab = await createLab(brief);
  const tab = await join(brief, lab.code);
  await until("the code is unknown", () => tab.heard.over === "lab-ended");
  expect((await fetch(`${brief.origin}/api/labs/${lab.code}`)).status).toBe(404);
  tab.close();
  await brief.close();
});
