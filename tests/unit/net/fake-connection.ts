/** A peer connection without a network: a test opens and breaks its channels by hand. */
export type FakeConnection = {
  readonly pc: RTCPeerConnection;
  readonly remote: string[];
  readonly candidates: string[];
  readonly open: () => void;
  readonly breakDown: () => void;
  readonly isClosed: () => boolean;
};

/** What the code under test touches of a channel. */
function createChannel() {
  return {
    readyState: "connecting",
    binaryType: "",
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    onopen: null as (() => void) | null,
    onclose: null as (() => void) | null,
    onerror: null as (() => void) | null,
    onmessage: null as (() => void) | null,
    onbufferedamountlow: null as (() => void) | null,
    send: () => undefined,
  };
}

export function createFakeConnection(): FakeConnection {
  const channels: ReturnType<typeof createChannel>[] = [];
  const remote: string[] = [];
  const candidates: string[] = [];
  let closed = false;
  const pc = {
    onicecandidate: null as ((event: { candidate: object }) => void) | null,
    onconnectionstatechange: null,
    connectionState: "new",
    localDescription: { sdp: "local" },
    createDataChannel() {
      const channel = createChannel();
      channels.push(channel);
      return channel;
    },
    async setLocalDescription() {
      pc.onicecandidate?.({ candidate: { candidate: "mine", sdpMid: "0", sdpMLineIndex: 0 } });
    },
    async setRemoteDescription({ sdp }: { sdp: string }) {
      remote.push(sdp);
    },
    async addIceCandidate({ candidate }: { candidate: string }) {
      candidates.push(candidate);
    },
    getStats: async () => new Map(),
    close() {
      closed = true;
    },
  };
  return {
    pc: pc as unknown as RTCPeerConnection,
    remote,
    candidates,
    open() {
      // Both are open before either says so, as browsers do it.
      for (const channel of channels) channel.readyState = "open";
      for (const channel of channels) channel.onopen?.();
    },
    breakDown() {
      for (const channel of channels) channel.onclose?.();
    },
    isClosed: () => closed,
  };
}
