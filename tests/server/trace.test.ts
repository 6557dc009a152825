import { expect, test } from "vitest";
import type { PodId } from "../../lib/protocol/ids";
import { reportSchema } from "../../lib/protocol/report";
import { type TraceEvent, traceEventSchema, traceHeaderSchema } from "../../lib/protocol/trace";
import { createServerClock } from "../../server/clock";
import { createPodTrace } from "../../server/pod/pod-trace";
import { join } from "./fake-seat";
import { type Created, command, createLab, startServer, type TestServer, until } from "./harness";
import { createMemoryStore } from "./memory-store";

function note(site: string, e: number): TraceEvent {
  const stamp = { e, vc: { [site]: e }, atMs: e, errMs: 0, wallMs: e };
  return { ...stamp, site: site as TraceEvent["site"], hlc: [e, 0], kind: "note", text: `line ${e}` };
}

async function fetchTrace(server: TestServer, lab: Created, query = "") {
  const headers = { Authorization: `Bearer ${lab.key}` };
  const response = await fetch(`${server.origin}/api/labs/${lab.code}/trace${query}`, { headers });
  const lines = (await response.text()).trim().split("\n");
  return { status: response.status, lines: lines.map((line) => JSON.parse(line)) };
}

test("what a seat traces is stored once, acknowledged, and comes back as JSON lines after the header", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const seat = await join(server, lab.code);
  const send = (events: TraceEvent[]) =>
    new Promise<number>((resolve) => seat.control.emit("trace", events, resolve));
  expect(await send([])).toBe(0);
  expect(await send([note("mumbai", 1), note("mumbai", 2)])).toBe(2);
  // The answer got lost: the seat sends the batch again with what has come since.
  expect(await send([note("mumbai", 1), note("mumbai", 2), note("mumbai", 3)])).toBe(3);
  await command(server, lab, { do: "cut", from: "mumbai", to: "frankfurt" });
  const { lines } = await fetchTrace(server, lab);
  const header = traceHeaderSchema.parse(lines[0]);
  expect(header).toMatchObject({ lab: lab.code, pod: "pod-1", sites: ["mumbai", "frankfurt", "virginia"] });
  const events = lines.slice(1).map((line) => traceEventSchema.parse(line));
  expect(events.filter(({ site }) => site === "mumbai").map(({ e }) => e)).toEqual([1, 2, 3]);
  const own = events.filter(({ site }) => site === "coordinator");
  expect(own.map(({ e }) => e)).toEqual(own.map((_, index) => index + 1));
  expect(own).toContainEqual(
    expect.objectContaining({
      kind: "fault",
      verb: "cut",
      cause: "planned",
      fields: expect.objectContaining({ from: "mumbai" }),
    }),
  );
  seat.close();
  await server.close();
  expect(server.errors).toEqual([]);
});

test("each pod has a trace of its own, which must be named where there are several", async () => {
  const server = await startServer();
  const lab = await createLab(server, { sites: 1 });
  const [a, b] = [await join(server, lab.code), await join(server, lab.code)];
  expect((await fetchTrace(server, lab)).status).toBe(400);
  const second = await fetchTrace(server, lab, "?pod=pod-2");
  expect(second.lines[0]).toMatchObject({ pod: "pod-2", sites: ["mumbai"] });
  a.close();
  b.close();
  await server.close();
});

test("a closed tab is told as an accident, an ordered crash as planned", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const [a, b] = [await join(server, lab.code), await join(server, lab.code)];
  await command(server, lab, { do: "crash", site: "frankfurt" });
  a.close();
  const crashes = async () => {
    const { lines } = await fetchTrace(server, lab);
    return lines.filter(({ verb }) => verb === "crash").map(({ fields, cause }) => [fields.site, cause]);
  };
  const seen = await until("both are told", async () => {
    const told = await crashes();
    return told.length === 2 && told;
  });
  expect(seen).toEqual([
    ["frankfurt", "planned"],
    ["mumbai", "accident"],
  ]);
  b.close();
  await server.close();
});

test("a trace is bounded: the oldest events go, and a note in it says how many", async () => {
  const store = createMemoryStore();
  const options = {
    store,
    lab: "ABCDEF" as never,
    pod: "pod-1" as PodId,
    openedAtMs: 0,
    clock: createServerClock(),
  };
  const errors: unknown[] = [];
  const trace = createPodTrace({
    ...options,
    summary: { events: 0, lastE: {} },
    onEvents: () => {},
    onError: (error) => errors.push(error),
    keep: 100,
  });
  for (let e = 1; e <= 150; e += 50) {
    const batch = Array.from({ length: 50 }, (_, index) => note("mumbai", e + index));
    expect(await trace.accept("mumbai" as never, batch)).toBe(e + 49);
  }
  await trace.close();
  const kept = (await store.readTrace(options.lab, options.pod, 0, 1000)).map(({ event }) => event);
  expect(kept.length).toBeLessThanOrEqual(101);
  expect(kept.find((event) => event.site === "mumbai")?.e).toBe(61);
  expect(kept).toContainEqual(
    expect.objectContaining({
      kind: "note",
      text: expect.stringContaining("60 events of this trace were dropped"),
    }),
  );
  expect(errors).toEqual([]);
});

test("the report judges the trace so far and what the sites hold now", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const seat = await join(server, lab.code);
  const stamp = (e: number) => ({
    site: "mumbai",
    e,
    vc: { mumbai: e },
    atMs: e * 10,
    errMs: 1,
    wallMs: e,
    hlc: [e, 0],
  });
  const call = { id: "alice:1", session: "alice", f: "put", key: "x", arg: "A" };
  const position = { epoch: 1, lsn: 1 };
  const shown = { over: null, shows: "alice:1" };
  await new Promise((stored) =>
    seat.control.emit(
      "trace",
      [
        { ...stamp(1), kind: "invoke", ...call },
        {
          ...stamp(2),
          kind: "append",
          op: "alice:1",
          key: "x",
          position,
          shadow: {},
          f: "put",
          arg: "A",
          wallMs: 2,
          epoch: 1,
          ...shown,
        },
        { ...stamp(3), kind: "ok", ...call, value: null, version: "alice:1", servedBy: "mumbai", epoch: 1 },
      ],
      stored,
    ),
  );
  const state = { role: "primary", epoch: 1, position, keys: { x: "A" } };
  seat.control.on("inspect", (answer) => answer({ state, versions: { x: "alice:1" } }));
  const headers = { Authorization: `Bearer ${lab.key}` };
  const response = await fetch(`${server.origin}/api/labs/${lab.code}/report`, { headers });
  const report = reportSchema.parse(await response.json());
  expect(report.ops).toMatchObject([{ id: "alice:1", status: "ok", servedBy: "mumbai", site: "mumbai" }]);
  expect(report.final).toEqual({ mumbai: state });
  expect(report.ledger).toMatchObject({ ackedWrites: 1, surviving: 1, unaccounted: 0 });
  expect((await fetch(`${server.origin}/api/labs/${lab.code}/report`)).status).toBe(401);
  seat.close();
  await server.close();
  expect(server.errors).toEqual([]);
});
