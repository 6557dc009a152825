import { createSocket } from "node:dgram";
import { afterEach, expect, test } from "vitest";
import { type Stun, startStun } from "@/server/stun";

let stun: Stun | null = null;
afterEach(() => stun?.close());

const transaction = Buffer.from("0123456789ab");

function bindingRequest(): Buffer {
  const request = Buffer.alloc(20);
  request.writeUInt16BE(0x0001, 0);
  request.writeUInt32BE(0x2112a442, 4);
  transaction.copy(request, 8);
  return request;
}

/** Sends datagrams from one fresh socket and collects answers until a valid request has been answered. */
async function ask(host: string, datagrams: readonly Buffer[]): Promise<{ port: number; answers: Buffer[] }> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const answers: Buffer[] = [];
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const answered = new Promise<void>((resolve) => {
    socket.on("message", (answer) => {
      answers.push(answer);
      resolve();
    });
  });
  const target = host === "127.0.0.2" ? "127.0.0.1" : host;
  for (const datagram of datagrams) socket.send(datagram, stun?.port ?? 0, target);
  await answered;
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return { port, answers };
}

test("a Binding request over IPv4 is answered with the sender's own masked address and port", async () => {
  stun = await startStun({ port: 0, host: "127.0.0.1" });
  const { port, answers } = await ask("127.0.0.1", [bindingRequest()]);
  const answer = answers[0] ?? Buffer.alloc(0);
  expect(answer.readUInt16BE(0)).toBe(0x0101);
  expect(answer.readUInt16BE(2)).toBe(answer.length - 20);
  expect(answer.subarray(8, 20)).toEqual(transaction);
  expect(answer.readUInt16BE(20)).toBe(0x0020);
  expect(answer.readUInt8(25)).toBe(1);
  expect(answer.readUInt16BE(26) ^ 0x2112).toBe(port);
  expect((answer.readUInt32BE(28) ^ 0x2112a442) >>> 0).toBe(0x7f000001);
});

test("a Binding request over IPv6 is answered with the sixteen bytes of the sender's address", async () => {
  stun = await startStun({ port: 0, host: "::1" });
  const { port, answers } = await ask("::1", [bindingRequest()]);
  const answer = answers[0] ?? Buffer.alloc(0);
  const mask = Buffer.concat([Buffer.from("2112a442", "hex"), transaction]);
  const address = answer.subarray(28, 44).map((byte, i) => byte ^ (mask[i] ?? 0));
  expect(answer.readUInt8(25)).toBe(2);
  expect(answer.readUInt16BE(26) ^ 0x2112).toBe(port);
  expect(Buffer.from(address).toString("hex")).toBe(`${"00".repeat(15)}01`);
});

test("a sender of IPv4 on a two-family socket is told its IPv4 address", async () => {
  stun = await startStun({ port: 0, host: "::" });
  const { answers } = await ask("127.0.0.1", [bindingRequest()]);
  expect(answers[0]?.readUInt8(25)).toBe(1);
});

test("anything that is no Binding request is met with silence", async () => {
  stun = await startStun({ port: 0, host: "127.0.0.1" });
  const wrongCookie = bindingRequest();
  wrongCookie.writeUInt32BE(0, 4);
  const wrongLength = bindingRequest();
  wrongLength.writeUInt16BE(8, 2);
  const response = bindingRequest();
  response.writeUInt16BE(0x0101, 0);
  const noise = [Buffer.alloc(0), Buffer.from("hello"), wrongCookie, wrongLength, response];
  const { answers } = await ask("127.0.0.1", [...noise, bindingRequest()]);
  expect(answers).toHaveLength(1);
});

test("a flood from one source is cut off at 500 answers a second, and nobody else pays for it", async () => {
  stun = await startStun({ port: 0, host: "0.0.0.0" });
  const flood = createSocket("udp4");
  let answers = 0;
  flood.on("message", () => {
    answers += 1;
  });
  const started = performance.now();
  for (let i = 0; i < 2_000; i += 1) {
    await new Promise<void>((resolve) =>
      flood.send(bindingRequest(), stun?.port ?? 0, "127.0.0.1", () => resolve()),
    );
    // The kernel's queue is short: without a breath it would drop what the responder should refuse.
    if (i % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // Datagrams are handled in order, so when another source is answered the flood has been handled.
  await ask("127.0.0.2", [bindingRequest()]);
  const seconds = Math.floor((performance.now() - started) / 1000) + 2;
  await new Promise<void>((resolve) => flood.close(() => resolve()));
  expect(answers).toBeGreaterThan(0);
  expect(answers).toBeLessThanOrEqual(Math.min(500 * seconds, 1_500));
});
