/** Both ends answer for themselves, so nothing of a description ever travels: any text will do. */
const sdp = "v=0\r\n";

/** The one end of a Link's `stream` lane that simple-peer takes for a data channel. */
export type FacadeChannel = {
  /** Hands in what came over the link. Kept until the channel is open: the peer may be up first. */
  readonly deliver: (bytes: Uint8Array) => void;
  /** What `peerOpts` of y-webrtc gets. */
  readonly peerOptions: unknown;
};

type ChannelState = "connecting" | "open" | "closed";

/**
 * A peer connection with one data channel, as far as simple-peer 9.11.1 looks: connected as soon as
 * it has been "answered". `send` carries the bytes. The answer that simple-peer waits for is
 * `facadeAnswer`.
 */
export function createFacade(send: (bytes: Uint8Array) => void): FacadeChannel {
  const early: Uint8Array[] = [];
  let state: ChannelState = "connecting";

  const channel = {
    label: "stream",
    binaryType: "arraybuffer",
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    onmessage: null as ((event: { data: ArrayBuffer }) => void) | null,
    onopen: null as (() => void) | null,
    onclose: null as (() => void) | null,
    get readyState() {
      return state;
    },
    send(bytes: Uint8Array) {
      if (state !== "open") throw new Error("the channel is not open");
      send(bytes);
    },
    close() {
      if (state === "closed") return;
      state = "closed";
      early.length = 0;
      channel.onclose?.();
    },
  };

  function open(): void {
    if (state !== "connecting") return;
    state = "open";
    channel.onopen?.();
    for (const bytes of early.splice(0)) deliver(bytes);
  }

  function deliver(bytes: Uint8Array): void {
    if (state === "open") channel.onmessage?.({ data: bytes.slice().buffer });
    else if (state === "connecting") early.push(bytes.slice());
  }

  const connection = {
    iceConnectionState: "new",
    iceGatheringState: "complete",
    connectionState: "new",
    signalingState: "stable",
    localDescription: null as unknown,
    remoteDescription: null as unknown,
    onsignalingstatechange: null as (() => void) | null,
    oniceconnectionstatechange: null as (() => void) | null,
    createDataChannel: () => channel,
    // A plain object: simple-peer assigns to its `sdp`.
    createOffer: async () => ({ type: "offer", sdp }),
    async setLocalDescription(description: unknown) {
      connection.localDescription = description;
      connection.signalingState = "have-local-offer";
    },
    async setRemoteDescription(description: unknown) {
      connection.remoteDescription = description;
      connection.signalingState = "stable";
      connection.onsignalingstatechange?.();
      connection.iceConnectionState = "connected";
      connection.connectionState = "connected";
      connection.oniceconnectionstatechange?.();
      open();
    },
    addIceCandidate: async () => undefined,
    // Without a selected pair simple-peer asks again every 100 ms for ever.
    getStats: async () => [
      { type: "transport", id: "t", selectedCandidatePairId: "p" },
      { type: "candidate-pair", id: "p", localCandidateId: "l", remoteCandidateId: "r" },
      { type: "local-candidate", id: "l" },
      { type: "remote-candidate", id: "r" },
    ],
    close: () => channel.close(),
  };

  // Called with `new`, which gives the object that a function returns.
  function giveConnection() {
    return connection;
  }

  return {
    deliver,
    peerOptions: {
      channelConfig: { negotiated: true },
      wrtc: { RTCPeerConnection: giveConnection, RTCSessionDescription: same, RTCIceCandidate: same },
    },
  };
}

function same(given: object): object {
  return given;
}

/** What an end of a facade tells its own simple-peer in place of the other side. */
export const facadeAnswer = { type: "answer", sdp };
