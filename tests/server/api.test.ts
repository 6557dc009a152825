import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeAlphabet } from "../../lib/protocol/ids";
import { limits } from "../../lib/protocol/limits";
import { claimSeat, command, createLab, post, startServer, type TestServer } from "./harness";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.close();
});

/** Like fetch, but it may lie about its Host and Origin as a browser could not. */
function raw(path: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ port: server.port, host: "127.0.0.1", path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", reject);
    call.end();
  });
}

test("a new lab has a code that can be read aloud, a key, and absolute addresses of its pages", async () => {
  const { status, body } = await post(`${server.origin}/api/labs`, { title: "7b", sites: 5 });
  expect(status).toBe(201);
  expect(body.code).toMatch(new RegExp(`^[${codeAlphabet}]{6}$`));
  expect(body.seatUrl).toBe(`${server.origin}/lab/${body.code}`);
  expect(body.consoleUrl).toBe(`${server.origin}/console/${body.code}#key=${body.key}`);
  expect(body.screenUrl).toBe(`${server.origin}/screen/${body.code}`);
  expect(body.joinUrls).toContain(body.seatUrl);
  expect(new Set([body.key, body.replayToken, body.code]).size).toBe(3);
  const state = await (await fetch(`${server.origin}/api/labs/${body.code}`)).json();
  expect(state).toMatchObject({
    code: body.code,
    title: "7b",
    pods: [{ id: "pod-1", preset: "postgres-async" }],
  });
  expect(state.pods[0].sites).toHaveLength(5);
  expect(JSON.stringify(state)).not.toContain(body.key);
});

test("a body that is wrong is refused with the place and what was expected", async () => {
  const url = `${server.origin}/api/labs`;
  for (const [body, place] of [
    [{ sites: 13 }, "$.sites"],
    [{ preset: "oracle-7" }, "$.preset"],
    [{ tilte: "typo" }, "$.tilte"],
    ["{not json", "JSON"],
  ] as const) {
    const answer = await post(url, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe("BAD_REQUEST");
    expect(answer.body.error.message).toContain(place);
  }
  const huge = await post(url, { title: "x".repeat(limits.frameBytesMax + 1) });
  expect(huge.status).toBe(413);
  expect(huge.body.error.code).toBe("TOO_LARGE");
});

test("an unknown code and an unknown address are 404 in the one shape of all errors", async () => {
  for (const path of ["/api/labs/ZZZZZZ", "/api/labs/not-a-code", "/api/nothing"]) {
    const response = await fetch(server.origin + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String) },
    });
  }
});

test("without the key 401, with another lab's key 403, and nothing happens", async () => {
  const [mine, other] = [await createLab(server), await createLab(server)];
  const url = `${server.origin}/api/labs/${mine.code}`;
  const lock = { do: "lock" };
  expect((await post(`${url}/command`, lock)).status).toBe(401);
  expect((await post(`${url}/command`, lock, { Authorization: `Bearer ${other.key}` })).status).toBe(403);
  expect((await fetch(`${url}/trace`)).status).toBe(401);
  expect(
    (await fetch(url, { method: "DELETE", headers: { Authorization: `Bearer ${other.key}` } })).status,
  ).toBe(403);
  await claimSeat(server, mine.code);
  expect((await command(server, mine, lock)).body).toMatchObject({ ok: true, unreached: [] });
  expect((await post(`${url}/seats`, {})).body.error.code).toBe("LAB_LOCKED");
});

test("a deleted lab is gone, with its key", async () => {
  const lab = await createLab(server);
  const headers = { Authorization: `Bearer ${lab.key}` };
  const url = `${server.origin}/api/labs/${lab.code}`;
  expect((await fetch(url, { method: "DELETE", headers })).status).toBe(200);
  expect((await fetch(url)).status).toBe(404);
  expect((await post(`${url}/seats`, {})).status).toBe(404);
});

test("a page of another site can neither create nor command, nor open a socket", async () => {
  const evil = { Origin: "http://evil.example", "Content-Type": "application/json" };
  expect(await raw("/api/labs", "POST", { ...evil, Host: `127.0.0.1:${server.port}` })).toBe(403);
  const own = { Origin: server.origin, Host: `127.0.0.1:${server.port}` };
  expect(await raw("/api/labs", "POST", own)).toBe(201);
  const handshake = "/rt/?EIO=4&transport=polling";
  expect(await raw(handshake, "GET", { ...evil, Host: `127.0.0.1:${server.port}` })).toBe(403);
  expect(await raw(handshake, "GET", own)).toBe(200);
});

test("a name that was rebound to this address is refused; names of the local network are not", async () => {
  for (const host of ["rebound.evil.example", "127.0.0.1.evil.example:80", "a b"]) {
    expect(await raw("/api/labs/ZZZZZZ", "GET", { Host: host })).toBe(403);
  }
  for (const host of [
    "lab.test:8080",
    "laptop",
    "teacher.local",
    "192.168.1.20:3000",
    "[::1]:3000",
    "localhost",
  ]) {
    expect(await raw("/healthz", "GET", { Host: host })).toBe(200);
  }
});

test("pages carry a strict policy with a nonce that is never the same", async () => {
  const policies = await Promise.all(
    [1, 2].map(async () => (await fetch(server.origin)).headers.get("content-security-policy") ?? ""),
  );
  expect(policies[0]).toContain("frame-ancestors 'none'");
  expect(policies[0]).not.toMatch(/script-src[^;]*unsafe/);
  const nonces = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1]);
  expect(nonces[0]).toBeTruthy();
  expect(nonces[0]).not.toBe(nonces[1]);
});

test("creating labs and guessing codes is limited; a class of forty behind one address joins at once", async () => {
  const strict = await startServer({ config: { labsPerHour: 3 } });
  const lab = await createLab(strict, { sites: 12 });
  const joined = await Promise.all(Array.from({ length: 40 }, () => claimSeat(strict, lab.code)));
  expect(new Set(joined.map(({ pod, site }) => `${pod}/${site}`)).size).toBe(40);
  await createLab(strict);
  await createLab(strict);
  expect((await post(`${strict.origin}/api/labs`, {})).status).toBe(429);
  const guesses = await Promise.all(
    Array.from({ length: 100 }, () => fetch(`${strict.origin}/api/labs/ZZZZZZ`).then(({ status }) => status)),
  );
  expect(guesses.filter((status) => status === 404).length).toBeLessThan(100);
  expect(guesses).toContain(429);
  await strict.close();
});

test("health, readiness and metrics", async () => {
  const health = await (await fetch(`${server.origin}/healthz`)).json();
  expect(health).toEqual({ status: "ok", version: "test", uptimeMs: expect.any(Number) });
  expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${server.origin}/metrics`)).text();
  expect(metrics).toMatch(/^faultline_labs_created_total [1-9]/m);
});
