import type { Socket } from "socket.io-client";
import type { CoordinatorToSite, Heartbeat } from "../../lib/protocol/coordination/message";
import type { FaultState } from "../../lib/protocol/faults";
import type { ClaimReply, Operate, SignalFrom } from "../../lib/protocol/lab/wire";
import { origin } from "../../lib/protocol/position";
import type { View } from "../../lib/protocol/view";
import { claimSeat, connect, type TestServer } from "./harness";

/**
 * A tab without an engine: it holds a seat and its sockets, confirms what it is told, and beats for
 * as long as the test wants it to live. What it heard is kept for the test to look at.
 */
export type FakeSeat = {
  readonly claim: ClaimReply;
  readonly control: Socket;
  readonly coordination: Socket;
  readonly relay: Socket;
  readonly edge: Socket;
  readonly heard: {
    faults: FaultState | null;
    view: View | null;
    granted: number;
    over: string | null;
    peers: readonly { site: string; incarnation: number }[];
    signals: SignalFrom[];
    orders: Operate[];
    frames: { from: string; bytes: number }[];
    refused: string | null;
  };
  /** Sends one heartbeat as a healthy member of the present view would. */
  readonly beat: (change?: Partial<Heartbeat>) => void;
  /** Beats every 100 ms until the tab is closed or `stopBeating` is called. */
  readonly keepBeating: () => void;
  readonly stopBeating: () => void;
  readonly close: () => void;
};

export function authOf({ code, seatId, secret, incarnation }: ClaimReply) {
  return { as: "seat", code, seatId, secret, incarnation };
}

export async function join(server: TestServer, code: string, body: unknown = {}): Promise<FakeSeat> {
  return open(server, await claimSeat(server, code, body));
}

/** Opens all four planes for a claim. */
export async function open(server: TestServer, claim: ClaimReply): Promise<FakeSeat> {
  const auth = authOf(claim);
  const heard: FakeSeat["heard"] = {
    faults: null,
    view: null,
    granted: 0,
    over: null,
    peers: [],
    signals: [],
    orders: [],
    frames: [],
    refused: null,
  };
  const early = (socket: Socket) => hear(socket, heard);
  const control = await connect(server, "control", auth, early);
  const coordination = await connect(server, "coordination", auth, early);
  const relay = await connect(server, "relay", auth, early);
  const edge = await connect(server, "edge", auth);
  let beats = 0;
  let beating: NodeJS.Timeout | null = null;

  function beat(change: Partial<Heartbeat> = {}): void {
    beats += 1;
    const { view } = heard;
    coordination.emit("message", {
      type: "heartbeat",
      incarnation: claim.incarnation,
      beat: beats,
      sentMono: performance.now(),
      viewNumber: view?.number ?? 0,
      epoch: view?.epoch ?? 0,
      generation: view?.generation ?? 0,
      role: view !== null && view.primary === claim.site ? "primary" : "replica",
      position: origin,
      seenDigest: "",
      syncSet: [],
      hidden: false,
      appliedLsn: 0,
      upstream: null,
      peers: [],
      ...change,
    } satisfies Heartbeat);
  }

  function stopBeating(): void {
    if (beating !== null) clearInterval(beating);
    beating = null;
  }

  return {
    claim,
    control,
    coordination,
    relay,
    edge,
    heard,
    beat,
    keepBeating() {
      stopBeating();
      beat();
      beating = setInterval(beat, 100);
    },
    stopBeating,
    close() {
      stopBeating();
      for (const socket of [control, coordination, relay, edge]) socket.close();
    },
  };
}

/** Listens before the socket connects, so that what the server says at once is not missed. */
function hear(socket: Socket, heard: FakeSeat["heard"]): void {
  socket.on("faults", (faults: FaultState, confirm: (version: number) => void) => {
    heard.faults = faults;
    confirm(faults.version);
  });
  socket.on("peers", (peers) => {
    heard.peers = peers;
  });
  socket.on("over", (why: string) => {
    heard.over = why;
  });
  socket.on("probe", (alive: () => void) => alive());
  socket.on("signal", (signal: SignalFrom) => heard.signals.push(signal));
  socket.on("operate", (order: Operate, done: (result: unknown) => void) => {
    heard.orders.push(order);
    done({ ok: true, value: null });
  });
  socket.on("frame", (from: string, _incarnation: number, frame: Uint8Array) =>
    heard.frames.push({ from, bytes: frame.byteLength }),
  );
  socket.on("message", (message: CoordinatorToSite) => {
    if (message.type === "view") heard.view = message.view;
    else if (message.type === "beat-reply" && message.granted) heard.granted += 1;
  });
  socket.on("connect_error", (error: Error) => {
    heard.refused = error.message;
  });
}
