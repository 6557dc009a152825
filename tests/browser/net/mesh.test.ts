import { afterEach, expect, test } from "vitest";
import { encodeFrame } from "@/lib/net/frame";
import { createMesh, type SiteMesh } from "@/lib/net/mesh";
import type { SiteId } from "@/lib/protocol/ids";
import {
  type End,
  endOf,
  faultsOn,
  lima,
  pattern,
  pune,
  statusAt,
  text,
  until,
  words,
} from "../../contract/link-suite";
import { realTiming } from "../../contract/real-timing";
import { openPageWorld, type PageWorld } from "./page-world";

let meshes: SiteMesh[] = [];
afterEach(() => {
  for (const mesh of meshes) mesh.close();
  meshes = [];
});

type Live = End & { readonly mesh: SiteMesh };

function join(page: PageWorld, site: SiteId, incarnation = 1): Live {
  let mesh: SiteMesh | null = null;
  const end = endOf(
    {
      join(self, events) {
        mesh = page.join(self, events);
        return mesh;
      },
      setFaults: () => undefined,
      close: async () => undefined,
    },
    { site, incarnation },
  );
  if (mesh === null) throw new Error("not joined");
  meshes.push(mesh);
  return { ...end, mesh };
}

function introduce(...ends: readonly Live[]): void {
  for (const end of ends) end.mesh.setPeers(ends.map(({ self }) => self));
}

const viaAt = (end: Live) => end.mesh.links()[0]?.via;
const reasonAt = (end: Live) => end.mesh.links()[0]?.relayReason;
const isDirect = (end: Live) => statusAt(end) === "up" && viaAt(end) === "direct";
const openConnections = (page: PageWorld) =>
  page.connections.filter(({ connectionState }) => connectionState === "connected").length;

async function directPair(
  wires = { signals: true, relay: false },
): Promise<{ page: PageWorld; a: Live; b: Live }> {
  const page = openPageWorld(wires);
  const a = join(page, lima);
  const b = join(page, pune);
  introduce(a, b);
  await until("the path is direct", () => isDirect(a) && isDirect(b));
  return { page, a, b };
}

test("a pair works over the relay at once and upgrades under load without losing or swapping a message", async () => {
  const page = openPageWorld({ signals: false, relay: true });
  const a = join(page, lima);
  const b = join(page, pune);
  introduce(a, b);
  await until("the relay carries it", () => statusAt(a) === "up" && statusAt(b) === "up");
  expect([viaAt(a), viaAt(b)]).toEqual(["relay", "relay"]);
  expect(reasonAt(a)).toBe("a direct path is being tried");
  page.wires.signals = true;
  let sent = 0;
  for (; !(isDirect(a) && isDirect(b)) || sent < 200; sent += 1) {
    a.mesh.send(pune, "stream", "engine", pattern(5_000 + (sent % 7) * 20_000, sent));
    b.mesh.send(lima, "stream", "page", pattern(3_000, sent));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until("all arrived", () => a.received.length >= sent && b.received.length >= sent);
  for (let i = 0; i < sent; i += 1) {
    const expected = pattern(5_000 + (i % 7) * 20_000, i);
    expect(b.received[i]?.payload.length).toBe(expected.length);
    expect(b.received[i]?.payload.subarray(-64)).toEqual(expected.subarray(-64));
    expect(a.received[i]?.payload.subarray(-64)).toEqual(pattern(3_000, i).subarray(-64));
  }
  expect([a.received.length, b.received.length]).toEqual([sent, sent]);
  expect([...a.statuses, ...b.statuses]).not.toContain("pulled");
  expect(a.statuses.lastIndexOf("connecting")).toBe(0);
});

test("when the connection dies in the middle, the relay takes over, and nothing is lost", async () => {
  const { page, a, b } = await directPair({ signals: true, relay: true });
  page.wires.signals = false;
  const count = 400;
  for (let i = 0; i < count; i += 1) {
    a.mesh.send(pune, "stream", "engine", pattern(10_000, i));
    if (i === count / 2) for (const connection of page.connections) connection.close();
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until("all arrived", () => b.received.length >= count);
  for (let i = 0; i < count; i += 1) {
    expect(b.received[i]?.payload.subarray(0, 32)).toEqual(pattern(10_000, i).subarray(0, 32));
  }
  expect(b.received).toHaveLength(count);
  await until("it says so", () => viaAt(a) === "relay" && statusAt(a) === "up");
  page.wires.signals = true;
  await until("the direct path is rebuilt", () => isDirect(a) && isDirect(b));
});

test("a cut leaves the channel open; a pulled cable closes it, and none is made until it is plugged in", async () => {
  const { page, a, b } = await directPair();
  for (const end of [a, b]) end.mesh.setFaults(faultsOn(1, { cut: true }, { cut: true }));
  a.mesh.send(pune, "stream", "engine", text("lost"));
  expect(openConnections(page)).toBe(2);
  for (const end of [a, b]) end.mesh.setFaults(faultsOn(2, { pulled: true }, { pulled: true }));
  expect(openConnections(page)).toBe(0);
  const made = page.connections.length;
  a.mesh.signal(b.self, { type: "want", attempt: 1_000 });
  b.mesh.signal(a.self, { type: "offer", attempt: 1_000, sdp: "v=0\r\n" });
  expect(page.connections.length).toBe(made);
  for (const end of [a, b]) end.mesh.setFaults(faultsOn(3, {}, {}));
  await until("it is direct again", () => isDirect(a) && isDirect(b));
  a.mesh.send(pune, "stream", "engine", text("plugged"));
  await until("it carries", () => words(b).length > 0);
  expect(words(b)).toEqual(["plugged"]);
});

test("an answerer that comes late asks, and gets the offer it missed without another connection", async () => {
  const page = openPageWorld({ signals: true, relay: false });
  const a = join(page, lima);
  a.mesh.setPeers([{ site: pune, incarnation: 1 }]);
  await until("the offer has gone out", () => page.signals.some(({ signal }) => signal.type === "candidate"));
  const b = join(page, pune);
  introduce(a, b);
  await until("they meet", () => isDirect(a) && isDirect(b));
  expect(page.connections).toHaveLength(2);
});

test("where no signal ever gets through, the link says why, and stays on the relay", async () => {
  const page = openPageWorld({ signals: false, relay: true });
  const a = join(page, lima);
  const b = join(page, pune);
  introduce(a, b);
  await until("it has given up", () => reasonAt(a) === "no direct path was found in 4 s");
  a.mesh.send(pune, "stream", "engine", text("round the other way"));
  await until("the relay carries", () => words(b).length === 1);
  expect(page.connections.length).toBeLessThan(4);
});

test("twelve sites joining at once are fully and directly connected", async () => {
  const page = openPageWorld({ signals: true, relay: false });
  const names = Array.from({ length: 12 }, (_, i) => `site-${String(i).padStart(2, "0")}` as SiteId);
  const ends = names.map((name) => join(page, name));
  introduce(...ends);
  const links = () => ends.flatMap(({ mesh }) => mesh.links());
  await until(
    "all are direct",
    () => links().every(({ status, via }) => status === "up" && via === "direct"),
    40_000,
  );
  expect(links()).toHaveLength(132);
  const [first, last] = [ends[0], ends[11]];
  first?.mesh.send(names[11] as SiteId, "stream", "engine", text("hello"));
  await until("it arrives", () => last !== undefined && words(last)[0] === "hello");
});

test("a peer that is missing from the list for a moment keeps its connection, and is reported when it is back", async () => {
  const { page, a, b } = await directPair();
  const before = a.statuses.length;
  a.mesh.setPeers([]);
  expect(a.mesh.links()).toEqual([]);
  a.mesh.setPeers([b.self]);
  expect(a.statuses.slice(before)).toEqual(["up"]);
  expect(isDirect(a)).toBe(true);
  expect(page.connections).toHaveLength(2);
  a.mesh.setPeers([]);
  b.mesh.close();
  await until("the one that is gone is let go", () =>
    page.connections.every((c) => c.connectionState === "closed"),
  );
});

test("closing a mesh closes its connections before it returns, and the other side knows in no time", async () => {
  const { page, a, b } = await directPair();
  const [mine] = page.connections;
  const closing = performance.now();
  a.mesh.close();
  expect(
    page.connections.filter(({ connectionState }) => connectionState === "closed").length,
  ).toBeGreaterThan(0);
  expect(mine).toBeDefined();
  await until("the other side knows", () => statusAt(b) === "connecting");
  expect(performance.now() - closing).toBeLessThan(1_000);
});

test("hostile bytes on open channels are counted by name and hurt nobody", async () => {
  const page = openPageWorld({ signals: true, relay: false });
  const b = join(page, pune);
  const rogue: RTCDataChannel[] = [];
  let connection: RTCPeerConnection | null = null;
  const attacker = createMesh({
    self: { site: lima, incarnation: 1 },
    sendSignal: (_to, signal) => setTimeout(() => b.mesh.signal({ site: lima, incarnation: 1 }, signal), 0),
    openRelay: () => ({
      isReachable: () => false,
      send: () => false,
      isIdle: () => true,
      close: () => undefined,
    }),
    makePeerConnection() {
      const made = new RTCPeerConnection({ iceServers: [] });
      const create = made.createDataChannel.bind(made);
      made.createDataChannel = (label, init) => {
        const channel = create(label, init);
        rogue.push(channel);
        return channel;
      };
      connection = made;
      return made;
    },
    timing: realTiming,
    seed: 1,
    events: { onMessage: () => undefined, onChange: () => undefined },
  });
  meshes.push(attacker);
  const signals = setInterval(() => {
    for (const { to, signal } of page.signals.splice(0)) {
      if (to.site === lima) attacker.signal({ site: pune, incarnation: 1 }, signal);
    }
  }, 1);
  b.mesh.setPeers([{ site: lima, incarnation: 1 }]);
  attacker.setPeers([{ site: pune, incarnation: 1 }]);
  await until("it is open", () => isDirect(b));
  clearInterval(signals);
  expect(connection).not.toBeNull();
  const [stream] = rogue;
  stream?.send("text");
  stream?.send(new Uint8Array(5));
  stream?.send(new Uint8Array(100_000));
  stream?.send(new Uint8Array(40));
  const head = { instance: 4_000_000, stamp: 0 };
  stream?.send(
    encodeFrame({
      ...head,
      kind: "stream",
      port: "engine",
      epoch: 9,
      seq: 4_000_000_000,
      last: true,
      payload: text("far"),
    }),
  );
  stream?.send(encodeFrame({ ...head, kind: "datagram", port: "link", payload: text("no probe") }));
  stream?.send(encodeFrame({ ...head, kind: "datagram", port: "engine", payload: text("a fair one") }));
  await until("the fair one arrives", () => words(b).length === 1);
  expect(words(b)).toEqual(["a fair one"]);
  expect(b.mesh.dropped()).toMatchObject({
    "frame-too-short": 2,
    "frame-too-long": 1,
    "frame-version": 1,
    "stream-window": 1,
    "link-probe": 1,
  });
});
