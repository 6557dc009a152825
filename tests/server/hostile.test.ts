import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../lib/protocol/limits";
import { authOf, type FakeSeat, join } from "./fake-seat";
import {
  type Created,
  connect,
  createLab,
  openConsole,
  startServer,
  type TestServer,
  until,
} from "./harness";

let server: TestServer;
let lab: Created;
let student: FakeSeat;
let victim: FakeSeat;
beforeAll(async () => {
  server = await startServer();
  lab = await createLab(server);
  student = await join(server, lab.code);
  victim = await join(server, lab.code);
});
afterAll(async () => {
  student.close();
  victim.close();
  await server.close();
  expect(server.errors).toEqual([]);
});

/** Does something bad and waits until exactly this counter has named it. */
async function isDropped(plane: string, error: string, act: () => void): Promise<void> {
  const total = () => server.metrics.total("faultline_messages_dropped_total", { plane, error });
  const before = total();
  act();
  await until(`${plane} ${error}`, () => total() > before);
}

const note = (site: string, e: number, atMs = 1) => ({
  ...{ site, e, vc: { [site]: e }, atMs, errMs: 0, wallMs: 0, hlc: [0, 0] },
  ...{ kind: "note", text: "I was here" },
});

test("malformed and unknown messages are counted by name on every plane, and the connection goes on", async () => {
  await isDropped("control", "MALFORMED", () => student.control.emit("report", { links: "none" }));
  await isDropped("control", "MALFORMED", () => student.control.emit("signal", null));
  await isDropped("control", "MALFORMED", () =>
    student.control.emit("clock", "an argument too many", () => {}),
  );
  await isDropped("control", "UNKNOWN_EVENT", () => student.control.emit("become-primary", {}));
  await isDropped("coordination", "MALFORMED", () =>
    student.coordination.emit("message", { type: "view", view: {} }),
  );
  await isDropped("coordination", "UNKNOWN_EVENT", () => student.coordination.emit("picture", {}));
  await isDropped("edge", "UNKNOWN_EVENT", () => student.edge.emit("request", {}));
  await isDropped("relay", "MALFORMED", () => student.relay.emit("frame", "frankfurt", 1, "text"));
  for (const socket of [student.control, student.coordination, student.edge, student.relay]) {
    expect(socket.connected).toBe(true);
  }
});

test("a message over 64 KB is dropped unread and counted; the next one on the same connection is heard", async () => {
  const huge = "x".repeat(limits.frameBytesMax + 1);
  await isDropped("any", "OVERSIZE", () => student.control.emit("report", huge));
  await isDropped("any", "OVERSIZE", () =>
    student.relay.emit("frame", "frankfurt", 1, new Uint8Array(limits.frameBytesMax + 1)),
  );
  student.relay.emit("frame", "frankfurt", victim.claim.incarnation, new Uint8Array(10));
  await until("a small one arrives", () => victim.heard.frames.length === 1);
  const reading = await new Promise<number>((resolve) => student.control.emit("clock", resolve));
  expect(reading).toBeGreaterThan(0);
});

test("a seat or a screen commands nothing, whatever it says", async () => {
  const screen = await connect(server, "control", { as: "screen", code: lab.code });
  const before = victim.heard.faults?.version;
  const heal = { do: "isolate", site: "frankfurt", key: lab.key };
  await isDropped("control", "NOT_ALLOWED", () => student.control.emit("command", heal, () => {}));
  await isDropped("control", "NOT_ALLOWED", () => screen.emit("command", heal, () => {}));
  await isDropped("control", "UNKNOWN_EVENT", () => screen.emit("trace", [note("mumbai", 1)], () => {}));
  expect(victim.heard.faults?.version).toBe(before);
  screen.close();
});

test("forged epochs, views and positions change no epoch and crown nobody", async () => {
  student.keepBeating();
  victim.keepBeating();
  await until("a primary reigns", () => victim.heard.view?.primary === "mumbai");
  const { epoch, number } = victim.heard.view ?? { epoch: 0, number: 0 };
  victim.beat({ epoch: 999, role: "primary", viewNumber: 999, position: { epoch: 999, lsn: 1_000_000 } });
  await isDropped("coordination", "WRONG_PEER", () => victim.beat({ incarnation: 7 }));
  const reply = await new Promise<unknown>((resolve) => victim.control.emit("clock", resolve));
  expect(reply).toBeGreaterThan(0);
  expect(victim.heard.granted).toBe(0);
  expect(victim.heard.view).toMatchObject({ primary: "mumbai", epoch, number });
});

test("nobody traces in another site's name, nor from the future", async () => {
  const stored = (events: unknown[]) =>
    new Promise<number>((resolve) => victim.control.emit("trace", events, resolve));
  await isDropped("control", "TRACE_SITE", () =>
    student.control.emit("trace", [note("frankfurt", 1)], () => {}),
  );
  await isDropped("control", "TRACE_SITE", () =>
    student.control.emit("trace", [note("coordinator", 1)], () => {}),
  );
  await isDropped("control", "TRACE_TIME", () =>
    student.control.emit("trace", [note("mumbai", 1, 1e12)], () => {}),
  );
  expect(await stored([])).toBe(0);
});

test("signals and frames reach only a present incarnation of the same pod", async () => {
  const other = await createLab(server);
  const foreigner = await join(server, other.code, { site: "virginia" });
  const signal = { type: "offer", attempt: 1, sdp: "v=0" };
  const to = (site: string, toIncarnation: number) => ({ to: site, toIncarnation, signal });
  await isDropped("control", "WRONG_PEER", () => student.control.emit("signal", to("virginia", 1)));
  await isDropped("control", "WRONG_PEER", () => student.control.emit("signal", to("frankfurt", 9)));
  await isDropped("control", "WRONG_PEER", () => student.control.emit("signal", to("mumbai", 1)));
  await isDropped("relay", "WRONG_PEER", () => student.relay.emit("frame", "virginia", 1, new Uint8Array(3)));
  expect(foreigner.heard.signals).toEqual([]);
  expect(foreigner.heard.frames).toEqual([]);
  foreigner.close();
});

test("one lab never sees another: not its pictures, its story nor its peers", async () => {
  const other = await createLab(server);
  const foreigner = await join(server, other.code);
  const watch = await openConsole(server, other);
  const told: string[] = [];
  watch.socket.on("timeline", (update) =>
    told.push(...update.events.map((event: { site: string }) => event.site)),
  );
  await until("its own picture", () => watch.picture?.code === other.code);
  student.control.emit("trace", [note("mumbai", 1)], () => {});
  const mine = await openConsole(server, lab);
  await until("a picture of mine", () => mine.picture?.code === lab.code);
  expect(watch.picture?.code).toBe(other.code);
  expect(told).not.toContain("mumbai");
  expect(foreigner.heard.peers).toEqual([]);
  for (const socket of [watch.socket, mine.socket]) socket.close();
  foreigner.close();
});

test("a flood is slowed by name, and the next second the seat is heard again", async () => {
  await isDropped("coordination", "RATE", () => {
    for (let n = 0; n < 200; n += 1) victim.beat();
  });
  await isDropped("control", "RATE", () => {
    for (let n = 0; n < 1000; n += 1) student.control.emit("clock", () => {});
  });
  await until("heard again", () => {
    student.control.emit("signal", null);
    return (
      server.metrics.total("faultline_messages_dropped_total", { plane: "control", error: "MALFORMED" }) > 3
    );
  });
  expect(victim.coordination.connected).toBe(true);
});

test("guessing seats over sockets is limited like guessing codes", async () => {
  const guarded = await startServer();
  const mine = await createLab(guarded);
  const seat = await join(guarded, mine.code);
  const wrong = { ...authOf(seat.claim), secret: "w".repeat(32) };
  const answers = new Set<string>();
  for (let n = 0; n < 70; n += 1) {
    await connect(guarded, "control", wrong).catch((error: Error) => answers.add(error.message));
  }
  expect([...answers]).toEqual(["SEAT_EXPIRED", "TOO_MANY_REQUESTS"]);
  seat.close();
  await guarded.close();
});
