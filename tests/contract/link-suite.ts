import { afterEach, describe, expect, test } from "vitest";
import type { Lane, LinkInfo, LinkStatus, Mesh, MeshEvents, Peer, Port } from "@/lib/net/link";
import { type FaultState, healthyLink, type LinkCondition, noFaults } from "@/lib/protocol/faults";
import type { SiteId } from "@/lib/protocol/ids";

export const lima = "lima" as SiteId;
export const pune = "pune" as SiteId;

export type Received = { readonly port: Port; readonly lane: Lane; readonly payload: Uint8Array };
/** One end of a link under test, and everything that has come out of it. */
export type End = {
  readonly self: Peer;
  readonly mesh: Mesh;
  readonly received: Received[];
  readonly statuses: LinkStatus[];
};
/** Two sites that an implementation has joined; both already name each other as peers. */
export type LinkWorld = {
  readonly join: (self: Peer, events: MeshEvents) => Mesh;
  /** Puts faults in force at both ends. */
  readonly setFaults: (faults: FaultState) => void;
  readonly close: () => Promise<void>;
};

/** Waits for a state, never for a time. */
export async function until(what: string, holds: () => boolean, withinMs = 20_000): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > withinMs) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Joins one site and keeps what its mesh reports. */
export function endOf(world: LinkWorld, self: Peer): End {
  const received: Received[] = [];
  const statuses: LinkStatus[] = [];
  const mesh = world.join(self, {
    onMessage: (_from, port, lane, payload) => received.push({ port, lane, payload: payload.slice() }),
    onChange: (info: LinkInfo) => statuses.push(info.status),
  });
  return { self, mesh, received, statuses };
}

export function statusAt(end: End): LinkStatus | undefined {
  return end.mesh.links()[0]?.status;
}

/** Faults on the one link of the suite, each direction by itself. */
export function faultsOn(
  version: number,
  there: Partial<LinkCondition>,
  back: Partial<LinkCondition>,
): FaultState {
  return {
    version,
    sites: [],
    links: [
      { from: lima, to: pune, condition: { ...healthyLink, ...there } },
      { from: pune, to: lima, condition: { ...healthyLink, ...back } },
    ],
  };
}

export const text = (words: string) => new TextEncoder().encode(words);
export const words = (end: End) => end.received.map(({ payload }) => new TextDecoder().decode(payload));

/** Bytes that differ from place to place, so that a swapped or lost fragment shows. */
export function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What every Link must do, whatever carries it. `openWorld` makes the two-site world of one test. */
export function linkContract(name: string, openWorld: () => Promise<LinkWorld>): void {
  describe(`a link over ${name}`, () => {
    let world: LinkWorld | null = null;
    const ends: End[] = [];

    afterEach(async () => {
      for (const end of ends.splice(0)) end.mesh.close();
      await world?.close();
      world = null;
    });

    function join(self: Peer): End {
      if (world === null) throw new Error("no world");
      const end = endOf(world, self);
      ends.push(end);
      return end;
    }

    async function linked(): Promise<{ a: End; b: End; setFaults: (faults: FaultState) => void }> {
      world = await openWorld();
      const a = join({ site: lima, incarnation: 1 });
      const b = join({ site: pune, incarnation: 1 });
      world.setFaults(noFaults);
      a.mesh.setPeers([a.self, b.self]);
      b.mesh.setPeers([a.self, b.self]);
      await until("both ends are up", () => statusAt(a) === "up" && statusAt(b) === "up");
      return { a, b, setFaults: world.setFaults };
    }

    /** The proof that nothing more is on its way: a later message has overtaken or followed it. */
    async function flush(from: End, to: End, mark: string): Promise<void> {
      from.mesh.send(to.self.site, "stream", "engine", text(mark));
      await until(`"${mark}" has arrived`, () => words(to).includes(mark));
    }

    test("streams keep order and content, both ways at once, on both ports", async () => {
      const { a, b } = await linked();
      const sizes = Array.from({ length: 300 }, (_, i) => (i * 7919) % 3000);
      for (const [i, size] of sizes.entries()) {
        const port: Port = i % 3 === 0 ? "page" : "engine";
        a.mesh.send(pune, "stream", port, pattern(size, i));
        b.mesh.send(lima, "stream", port, pattern(size, i + 1000));
      }
      await until("all arrived", () => a.received.length >= 300 && b.received.length >= 300);
      for (const [i, size] of sizes.entries()) {
        expect(b.received[i]?.port).toBe(i % 3 === 0 ? "page" : "engine");
        expect(isSame(b.received[i]?.payload, pattern(size, i))).toBe(true);
        expect(isSame(a.received[i]?.payload, pattern(size, i + 1000))).toBe(true);
      }
      expect(a.received).toHaveLength(300);
      expect(b.received).toHaveLength(300);
    });

    test("a message of 3 MB arrives whole, in its place between small ones", async () => {
      const { a, b } = await linked();
      const large = pattern(3 * 1024 * 1024, 7);
      a.mesh.send(pune, "stream", "page", text("before"));
      a.mesh.send(pune, "stream", "page", large);
      a.mesh.send(pune, "stream", "page", text("after"));
      await until("all arrived", () => b.received.length === 3);
      expect(isSame(b.received[1]?.payload, large)).toBe(true);
      expect(words(b)[2]).toBe("after");
    });

    test("a datagram too large for a frame travels on the stream", async () => {
      const { a, b } = await linked();
      a.mesh.send(pune, "replication", "engine", text("small"));
      await until("the small one arrived", () => b.received.length === 1);
      a.mesh.send(pune, "replication", "engine", pattern(200_000, 1));
      await until("the large one arrived", () => b.received.length === 2);
      expect(b.received.map(({ lane }) => lane)).toEqual(["replication", "stream"]);
    });

    test("a cut is silence both ways until it is mended, and what was sent in it never arrives", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { cut: true }, { cut: true }));
      expect([statusAt(a), statusAt(b)]).toEqual(["cut", "cut"]);
      for (const lane of ["stream", "replication"] as const) {
        a.mesh.send(pune, lane, "engine", text("lost"));
        b.mesh.send(lima, lane, "engine", text("lost"));
      }
      setFaults(faultsOn(2, {}, {}));
      await until("both are up again", () => statusAt(a) === "up" && statusAt(b) === "up");
      await flush(a, b, "mended");
      await flush(b, a, "mended");
      expect(words(a)).toEqual(["mended"]);
      expect(words(b)).toEqual(["mended"]);
    });

    test("a cut of one direction leaves the other one working", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { cut: true }, {}));
      a.mesh.send(pune, "stream", "engine", text("lost"));
      await flush(b, a, "still heard");
      setFaults(noFaultsOf(2));
      await flush(a, b, "mended");
      expect(words(b)).toEqual(["mended"]);
    });

    test("what is on its way when the link is cut dies, even when it is mended at once", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { delayMs: 300 }, {}));
      a.mesh.send(pune, "stream", "engine", text("on its way"));
      a.mesh.send(pune, "replication", "engine", text("on its way"));
      setFaults(faultsOn(2, { cut: true }, { cut: true }));
      setFaults(noFaultsOf(3));
      await flush(a, b, "first");
      setFaults(faultsOn(4, { delayMs: 300 }, {}));
      await flush(a, b, "later than the dead would have been");
      expect(words(b)).toEqual(["first", "later than the dead would have been"]);
    });

    test("a pulled cable is down at both ends until it is plugged in again", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { pulled: true }, { pulled: true }));
      expect([statusAt(a), statusAt(b)]).toEqual(["pulled", "pulled"]);
      a.mesh.send(pune, "stream", "engine", text("lost"));
      setFaults(noFaultsOf(2));
      await until("both are up again", () => statusAt(a) === "up" && statusAt(b) === "up");
      await flush(a, b, "plugged");
      await flush(b, a, "plugged");
      expect(words(b)).toEqual(["plugged"]);
    });

    test("an older version of the faults changes nothing", async () => {
      const { a, setFaults } = await linked();
      setFaults(faultsOn(5, { cut: true }, { cut: true }));
      setFaults(noFaultsOf(4));
      expect(statusAt(a)).toBe("cut");
    });

    test("loss costs a stream time but no message, and costs datagrams themselves", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { lossPct: 50 }, {}));
      for (let i = 0; i < 200; i += 1) a.mesh.send(pune, "replication", "engine", text("datagram"));
      const sent = Array.from({ length: 10 }, (_, i) => `stream ${i}`);
      for (const each of sent) a.mesh.send(pune, "stream", "engine", text(each));
      const streamed = () => words(b).filter((each) => each.startsWith("stream"));
      await until("the streams arrived", () => streamed().length >= sent.length);
      expect(streamed()).toEqual(sent);
      const datagrams = b.received.filter(({ lane }) => lane === "replication").length;
      expect(datagrams).toBeGreaterThan(50);
      expect(datagrams).toBeLessThan(150);
    });

    test("duplication doubles datagrams and never a stream", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { duplicatePct: 100 }, {}));
      a.mesh.send(pune, "replication", "engine", text("twice"));
      a.mesh.send(pune, "stream", "engine", text("once"));
      await until("three arrived", () => b.received.length >= 3);
      await flush(a, b, "end");
      expect(words(b).toSorted()).toEqual(["end", "once", "twice", "twice"]);
    });

    test("a narrow or slow link keeps its users' datagrams in bounds", async () => {
      const { a, b, setFaults } = await linked();
      setFaults(faultsOn(1, { delayMs: 200 }, {}));
      for (let i = 0; i < 100; i += 1) a.mesh.send(pune, "replication", "engine", pattern(40_000, i));
      await flush(a, b, "end");
      expect(b.received.length).toBeGreaterThan(1);
      expect(b.received.length * 40_000).toBeLessThanOrEqual(1024 * 1024 + 40_000);
    });

    test("twelve megabytes offered at once all arrive, in order", async () => {
      const { a, b } = await linked();
      const count = 100;
      for (let i = 0; i < count; i += 1) a.mesh.send(pune, "stream", "page", pattern(120_000, i));
      await until("all arrived", () => b.received.length >= count, 40_000);
      for (let i = 0; i < count; i += 1) expect(b.received[i]?.payload[5]).toBe(pattern(6, i)[5]);
      expect(b.received).toHaveLength(count);
    });

    test("a new incarnation replaces the link of the old one, whose messages stop", async () => {
      const { a, b } = await linked();
      await flush(b, a, "from the first");
      const again = join({ site: pune, incarnation: 2 });
      world?.setFaults(noFaults);
      a.mesh.setPeers([a.self, again.self]);
      again.mesh.setPeers([a.self, again.self]);
      b.mesh.send(lima, "stream", "engine", text("from a ghost"));
      await until("the new link is up", () => statusAt(a) === "up" && statusAt(again) === "up");
      await flush(again, a, "from the second");
      await flush(a, again, "to the second");
      expect(words(a)).toEqual(["from the first", "from the second"]);
      expect(words(b)).not.toContain("to the second");
    });

    test("a peer that left the list and came back is heard again, and hears", async () => {
      const { a, b } = await linked();
      await flush(a, b, "one");
      await flush(b, a, "one");
      a.mesh.setPeers([a.self]);
      expect(a.mesh.links()).toEqual([]);
      a.mesh.setPeers([a.self, b.self]);
      await until("both are up", () => statusAt(a) === "up" && statusAt(b) === "up");
      await until("messages flow again", () => {
        a.mesh.send(pune, "replication", "engine", text("ping"));
        b.mesh.send(lima, "replication", "engine", text("ping"));
        return words(a).includes("ping") && words(b).includes("ping");
      });
      await flush(a, b, "two");
      await flush(b, a, "two");
    });

    test("a message for nobody, or after the end, is dropped without a word", async () => {
      const { a, b } = await linked();
      a.mesh.send("osaka" as SiteId, "stream", "engine", text("nobody"));
      a.mesh.close();
      a.mesh.send(pune, "stream", "engine", text("too late"));
      b.mesh.send(lima, "stream", "engine", text("too late"));
      expect(a.mesh.links()).toEqual([]);
      expect(a.received).toEqual([]);
    });
  });
}

function noFaultsOf(version: number): FaultState {
  return { ...noFaults, version };
}
