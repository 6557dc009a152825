import { afterAll, beforeAll, expect, test } from "vitest";
import type { SiteId } from "../../lib/protocol/ids";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import { type FakeSeat, join, open } from "./fake-seat";
import {
  type Created,
  claimSeat,
  command,
  createLab,
  openConsole,
  startServer,
  type TestServer,
  until,
} from "./harness";

const [mumbai, frankfurt] = ["mumbai", "frankfurt"] as SiteId[] as [SiteId, SiteId];
let server: TestServer;
let lab: Created;
let a: FakeSeat;
let b: FakeSeat;
beforeAll(async () => {
  server = await startServer();
  lab = await createLab(server);
  a = await join(server, lab.code);
  b = await join(server, lab.code);
});
afterAll(async () => {
  a.close();
  b.close();
  await server.close();
  expect(server.errors).toEqual([]);
});

function dropped(plane: string, error: string): number {
  return server.metrics.total("faultline_messages_dropped_total", { plane, error });
}

function sendFrame(from: FakeSeat, to: FakeSeat, bytes = 100): void {
  from.relay.emit("frame", to.claim.site, to.claim.incarnation, new Uint8Array(bytes));
}

function offer(from: FakeSeat, to: FakeSeat): void {
  const signal = { type: "offer", attempt: 1, sdp: "v=0" };
  from.control.emit("signal", { to: to.claim.site, toIncarnation: to.claim.incarnation, signal });
}

test("a fault is in force in every tab when the command answers, well within 300 ms", async () => {
  const before = a.heard.faults?.version ?? 0;
  const { body } = await command(server, lab, { do: "cut", from: "mumbai", to: "frankfurt", oneWay: true });
  expect(body).toMatchObject({ ok: true, unreached: [] });
  expect(body.tookMs).toBeLessThan(300);
  for (const { heard } of [a, b]) {
    expect(heard.faults?.version).toBe(before + 1);
    expect(heard.faults && linkCondition(heard.faults, mumbai, frankfurt).cut).toBe(true);
  }
  await command(server, lab, { do: "heal" });
});

test("a tab that does not confirm is named after two seconds, and the others have the fault all the same", async () => {
  b.control.off("faults");
  const { body } = await command(server, lab, { do: "isolate", site: "frankfurt" });
  expect(body.unreached).toEqual(["frankfurt"]);
  expect(body.tookMs).toBeGreaterThanOrEqual(1900);
  expect(a.heard.faults && linkCondition(a.heard.faults, frankfurt, "coordinator").cut).toBe(true);
  b.close();
  b = await open(
    server,
    await claimSeat(server, lab.code, { seatId: b.claim.seatId, secret: b.claim.secret }),
  );
  await until("the fault survives the refresh", () => b.heard.faults?.version === a.heard.faults?.version);
  await command(server, lab, { do: "heal" });
});

test("the relay carries frames between the two, not across a cut, and again after the heal", async () => {
  sendFrame(a, b);
  await until("it arrives", () => b.heard.frames.length === 1);
  expect(b.heard.frames[0]).toEqual({ from: "mumbai", bytes: 100 });
  await command(server, lab, { do: "cut", from: "mumbai", to: "frankfurt", oneWay: true });
  const before = dropped("relay", "RELAY_CUT");
  sendFrame(a, b);
  await until("the server drops it", () => dropped("relay", "RELAY_CUT") === before + 1);
  sendFrame(b, a);
  await until("the other direction is open", () => a.heard.frames.length === 1);
  await command(server, lab, { do: "heal" });
  sendFrame(a, b, 48 * 1024);
  await until("it flows again", () => b.heard.frames.length === 2);
});

test("a pulled cable refuses the signals that would mend it; a cut one does not", async () => {
  await command(server, lab, { do: "cut", from: "mumbai", to: "frankfurt" });
  offer(a, b);
  await until("a cut lets signals pass", () => b.heard.signals.length === 1);
  expect(b.heard.signals[0]).toMatchObject({ from: "mumbai", fromIncarnation: a.claim.incarnation });
  await command(server, lab, { do: "pull", from: "frankfurt", to: "mumbai" });
  offer(a, b);
  await until("refused", () => dropped("control", "LINK_PULLED") === 1);
  await command(server, lab, { do: "heal" });
  offer(a, b);
  await until("allowed again", () => b.heard.signals.length === 2);
});

test("a site cut from the coordinator is found dead although its socket is open, and comes back by itself", async () => {
  const console = await openConsole(server, lab);
  const status = () => console.picture?.pods[0]?.sites.find(({ id }) => id === frankfurt)?.status;
  a.keepBeating();
  b.keepBeating();
  await until("both live", () => status() === "alive");
  await command(server, lab, { do: "cut", from: "frankfurt", to: "coordinator" });
  const granted = b.heard.granted;
  await until("the coordinator gives it up", () => status() === "dead");
  expect(b.coordination.connected).toBe(true);
  expect(b.heard.granted).toBe(granted);
  await command(server, lab, { do: "mend", from: "frankfurt", to: "coordinator" });
  await until("it is alive again", () => status() === "alive");
  console.socket.close();
});

test("a pause that has a length ends by itself", async () => {
  await command(server, lab, { do: "pause", site: "mumbai", forMs: 150 });
  expect(a.heard.faults?.sites[0]?.condition.paused).toBe(true);
  await until("resumed", () => a.heard.faults?.sites.length === 0);
});

test("crash and restart reach the tab, the restart with a number of its own", async () => {
  expect((await command(server, lab, { do: "crash", site: "mumbai", disk: "lost" })).body.unreached).toEqual(
    [],
  );
  expect((await command(server, lab, { do: "restart", site: "mumbai" })).body.unreached).toEqual([]);
  expect(a.heard.orders).toEqual([
    { do: "crash", disk: "lost" },
    { do: "restart", incarnation: a.claim.incarnation + 1 },
  ]);
  expect((await command(server, lab, { do: "restart", site: "virginia" })).body.unreached).toEqual([
    "virginia",
  ]);
});

test("a tab that says its disk is lost is answered once the coordinator has forgotten what it held", async () => {
  await new Promise<void>((heard) => b.control.emit("disk-lost", heard));
  const trace = await fetch(`${server.origin}/api/labs/${lab.code}/trace`, {
    headers: { Authorization: `Bearer ${lab.key}` },
  });
  expect(await trace.text()).toContain("What Frankfurt held is gone");
});

test("a verb that names a stranger, or is not one, is refused and changes nothing", async () => {
  const before = a.heard.faults?.version;
  for (const verb of [
    { do: "cut", from: "mumbai", to: "atlantis" },
    { do: "explode" },
    { do: "cut", from: "mumbai" },
    { do: "configure", cluster: { mode: "single", ack: "sync" } },
    { do: "isolate", site: "mumbai", pod: "pod-9" },
    [],
    null,
  ]) {
    const { status, body } = await command(server, lab, verb);
    expect([status, body.error.code]).toEqual([400, "BAD_REQUEST"]);
  }
  expect(a.heard.faults?.version).toBe(before);
});

test("reset empties faults and asks the coordinator for a new generation; the class stays", async () => {
  await command(server, lab, { do: "clock", site: "frankfurt", skewMs: 5000 });
  const generation = b.heard.view?.generation ?? 0;
  expect((await command(server, lab, { do: "reset" })).body.ok).toBe(true);
  expect(b.heard.faults).toMatchObject({ links: [], sites: [] });
  await until("a new generation", () => (b.heard.view?.generation ?? 0) > generation);
  expect(b.control.connected).toBe(true);
});
