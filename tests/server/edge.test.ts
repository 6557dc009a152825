import { expect, test } from "vitest";
import { ok } from "../../lib/kernel/result";
import type { EdgeRequest } from "../../lib/protocol/lab/wire";
import type { Outcome } from "../../lib/protocol/operation";
import { createOutageWatch } from "../../server/pod/outage";
import { type FakeSeat, join } from "./fake-seat";
import { command, createLab, openConsole, startServer, until } from "./harness";

/** Answers the world's clients like a healthy primary; returns what it was asked. */
function serveClients(seat: FakeSeat): EdgeRequest[] {
  const asked: EdgeRequest[] = [];
  seat.edge.on("request", (request: EdgeRequest, answer: (outcome: Outcome) => void) => {
    asked.push(request);
    const { site } = seat.claim;
    answer({
      status: "ok",
      value: null,
      version: request.opId,
      servedBy: site,
      epoch: seat.heard.view?.epoch ?? 0,
    });
  });
  return asked;
}

const put = { f: "put", key: "x", value: "A" };

test("a routed operation goes to the primary and comes back as the operation's own result", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const op = { do: "op", session: "alice", site: "route", op: put };
  expect((await command(server, lab, op)).body).toMatchObject({
    ok: true,
    status: "fail",
    error: "NO_PRIMARY",
  });
  const [a, b] = [await join(server, lab.code), await join(server, lab.code)];
  const [askedA, askedB] = [serveClients(a), serveClients(b)];
  a.keepBeating();
  b.keepBeating();
  await until("mumbai is primary", () => a.heard.view?.primary === "mumbai");
  const { body } = await command(server, lab, op);
  expect(body).toMatchObject({
    ok: true,
    status: "ok",
    version: "alice:2",
    servedBy: "mumbai",
    unreached: [],
  });
  expect(askedA).toEqual([
    { session: "alice", opId: "alice:2", op: put, token: { position: null, sinceWriteMs: null } },
  ]);
  expect(askedB).toEqual([]);
  a.close();
  b.close();
  await server.close();
  expect(server.errors).toEqual([]);
});

test("an operation at a site runs inside its tab; at a site that is down it fails", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const a = await join(server, lab.code);
  a.control.off("operate");
  a.control.on("operate", (order, done) =>
    done(ok({ status: "ok", value: 7, version: order.opId, servedBy: "mumbai", epoch: 1 })),
  );
  const at = (site: string) =>
    command(server, lab, { do: "op", session: "bob", site, op: { f: "get", key: "x" } });
  expect((await at("mumbai")).body).toMatchObject({ status: "ok", value: 7, version: "bob:1" });
  expect((await at("virginia")).body).toMatchObject({
    status: "fail",
    error: "SITE_DOWN",
    unreached: ["virginia"],
  });
  a.control.off("operate");
  a.control.on("operate", (_, done) => done({ ok: true, value: { status: "made up" } }));
  expect((await at("mumbai")).body).toMatchObject({ status: "unknown", error: "TIMEOUT" });
  a.close();
  await server.close();
});

test("the world's clients write unique values at their rate, rest while the class is frozen, and stop", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const a = await join(server, lab.code);
  const asked = serveClients(a);
  const watch = await openConsole(server, lab);
  a.keepBeating();
  await until("a primary", () => a.heard.view?.primary === "mumbai");
  const traffic = { do: "traffic", ratePerSec: 100, mix: { put: 1, get: 0 }, keys: ["k"] };
  await command(server, lab, traffic);
  await until("operations flow", () => asked.length > 20);
  const values = asked.map(({ op }) => op.f === "put" && op.value);
  expect(new Set(values).size).toBe(values.length);
  await command(server, lab, { do: "freeze" });
  const frozen = asked.length;
  await until("the picture says so", () => watch.picture?.frozen === true);
  expect(asked.length).toBe(frozen);
  await command(server, lab, { do: "unfreeze" });
  await until("they go on", () => asked.length > frozen + 5);
  await command(server, lab, { ...traffic, ratePerSec: 0 });
  await until("figures count them", () => watch.picture?.pods[0]?.trafficPerSec === 0);
  expect(watch.picture?.pods[0]?.figures.writesOk).toBeGreaterThan(20);
  a.close();
  watch.socket.close();
  await server.close();
});

test("a site cut from the edge gives its clients no answer: unknown, and the stopwatch runs until the mend", async () => {
  const server = await startServer();
  const lab = await createLab(server);
  const a = await join(server, lab.code);
  serveClients(a);
  const watch = await openConsole(server, lab);
  const outage = () => watch.picture?.pods[0]?.outage ?? null;
  a.keepBeating();
  await until("a primary", () => a.heard.view?.primary === "mumbai");
  await command(server, lab, { do: "traffic", ratePerSec: 50, mix: { put: 1, get: 0 } });
  await until("writes succeed", () => (watch.picture?.pods[0]?.figures.writesOk ?? 0) > 5);
  await command(server, lab, { do: "cut", from: "edge", to: "mumbai" });
  const cutAt = watch.picture?.pods[0]?.nowMs ?? 0;
  const running = await until("the stopwatch runs", () => outage());
  expect(running.firstOkMs).toBeNull();
  expect(Math.abs(running.lastOkMs - cutAt)).toBeLessThan(500);
  await command(server, lab, { do: "mend", from: "edge", to: "mumbai" });
  const over = await until("it stops at the first success", () => outage()?.firstOkMs != null && outage());
  expect(over.lastOkMs).toBe(running.lastOkMs);
  expect(over.firstOkMs).toBeGreaterThan(over.lastOkMs + 1000);
  a.close();
  watch.socket.close();
  await server.close();
});

test("an outage runs from the last success before a failing call to the first after it", () => {
  const watch = createOutageWatch();
  const call = (id: string, calledMs: number, ok: boolean, endedMs: number) => {
    watch.began(id, calledMs);
    watch.ended(id, ok, endedMs);
  };
  call("a:1", 0, true, 10);
  expect(watch.read(20)).toBeNull();
  call("a:2", 100, false, 110);
  call("a:3", 200, false, 210);
  expect(watch.read(300)).toEqual({ lastOkMs: 10, firstOkMs: null, failed: 2 });
  call("a:4", 300, true, 350);
  expect(watch.read(400)).toEqual({ lastOkMs: 10, firstOkMs: 350, failed: 2 });
  // A call of the outage that times out after its end belongs to it all the same.
  watch.began("a:5", 250);
  watch.ended("a:5", false, 5250);
  expect(watch.read(5300)).toEqual({ lastOkMs: 10, firstOkMs: 350, failed: 3 });
});

test("a primary that refuses nothing but answers nothing is an outage after a second", () => {
  const watch = createOutageWatch();
  watch.began("a:1", 0);
  watch.ended("a:1", true, 10);
  watch.began("a:2", 100);
  expect(watch.read(900)).toBeNull();
  expect(watch.read(1200)).toEqual({ lastOkMs: 10, firstOkMs: null, failed: 0 });
});
