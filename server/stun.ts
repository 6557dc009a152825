import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";

const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const magicCookie = 0x2112a442;
const xorMappedAddress = 0x0020;
const headBytes = 20;
const requestBytesMax = 548;

/** Answers a second for one source (a whole class may share one behind its NAT), and sources remembered. */
const answersPerSecond = 500;
const sourcesMax = 4_096;

export type Stun = {
  /** The UDP port in use. */
  readonly port: number;
  readonly close: () => Promise<void>;
};

/**
 * Listens for STUN Binding requests (RFC 8489) and tells each sender the address it is seen from,
 * IPv4 or IPv6. Browsers hide a machine's own addresses behind mDNS names that many networks do
 * not carry; this answer gives them one that works. Rejects where the port cannot be had.
 */
export function startStun(options: { readonly port: number; readonly host: string }): Promise<Stun> {
  const socket = createSocket({ type: isIPv6(options.host) ? "udp6" : "udp4" });
  const allow = createLimiter();
  socket.on("message", (request, from) => {
    const answer = allow(from.address) ? answerTo(request, from) : null;
    // An answer that cannot be sent is like one lost on the way: the browser asks again.
    if (answer !== null) socket.send(answer, from.port, from.address, () => undefined);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port: options.port, address: options.host }, () => {
      socket.off("error", reject);
      // Errors of single datagrams (a closed port at the other end) concern nobody else.
      socket.on("error", () => undefined);
      resolve({ port: socket.address().port, close: () => closed(socket) });
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}

/** A count a second and source; the memory of it is bounded, and over the bound nobody new is answered. */
function createLimiter(): (address: string) => boolean {
  const counts = new Map<string, number>();
  let second = 0;
  return (address) => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) counts.clear();
    second = now;
    const count = counts.get(address);
    if (count === undefined && counts.size >= sourcesMax) return false;
    counts.set(address, (count ?? 0) + 1);
    return (count ?? 0) < answersPerSecond;
  };
}

/** The success response to a Binding request, null for anything else. It is at most 24 bytes longer. */
function answerTo(request: Buffer, from: RemoteInfo): Buffer | null {
  if (request.length < headBytes || request.length > requestBytesMax) return null;
  if (request.readUInt16BE(0) !== bindingRequest || request.readUInt32BE(4) !== magicCookie) return null;
  if (request.readUInt16BE(2) !== request.length - headBytes) return null;
  const address = addressBytes(from.address);
  if (address === null) return null;
  const answer = Buffer.alloc(headBytes + 8 + address.length);
  answer.writeUInt16BE(bindingSuccess, 0);
  answer.writeUInt16BE(8 + address.length, 2);
  request.copy(answer, 4, 4, headBytes);
  answer.writeUInt16BE(xorMappedAddress, headBytes);
  answer.writeUInt16BE(4 + address.length, headBytes + 2);
  answer.writeUInt8(address.length === 4 ? 1 : 2, headBytes + 5);
  answer.writeUInt16BE(from.port ^ (magicCookie >>> 16), headBytes + 6);
  // The address is masked with cookie and transaction id, so that no middlebox rewrites it.
  for (const [i, byte] of address.entries()) answer[headBytes + 8 + i] = byte ^ (request[4 + i] ?? 0);
  return answer;
}

/** The 4 or 16 bytes of an address; an IPv4 address in IPv6 clothing is IPv4. */
function addressBytes(address: string): Uint8Array | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return fourBytes(plain);
  const [head = "", tail] = plain.split("::");
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const gap = 8 - left.length - right.length;
  if (gap < 0 || (tail === undefined && gap !== 0)) return null;
  const all = [...left, ...Array<number>(gap).fill(0), ...right];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function fourBytes(address: string): Uint8Array | null {
  const bytes = address.split(".").map(Number);
  return bytes.length === 4 && bytes.every((byte) => byte >= 0 && byte <= 255)
    ? Uint8Array.from(bytes)
    : null;
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
