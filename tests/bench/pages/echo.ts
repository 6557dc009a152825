/** The floor under every figure: bare data channels between two tabs, and a bare IndexedDB commit. */
const stunUrl = new URLSearchParams(location.search).get("stun");
const config = { iceServers: stunUrl === null ? [] : [{ urls: stunUrl }] };
const connection = new RTCPeerConnection(config);
const channel = connection.createDataChannel("echo", {
  negotiated: true,
  id: 1,
  ordered: false,
  maxRetransmits: 0,
});

function gathered(): Promise<string> {
  return new Promise((resolve) => {
    const check = () =>
      connection.iceGatheringState === "complete" && resolve(connection.localDescription?.sdp ?? "");
    connection.addEventListener("icegatheringstatechange", check);
    check();
  });
}

function answered(): Promise<unknown> {
  return new Promise((resolve) => channel.addEventListener("message", resolve, { once: true }));
}

async function roundTrip(payload: string): Promise<number> {
  const startedAt = performance.now();
  const answer = answered();
  channel.send(payload);
  await answer;
  return performance.now() - startedAt;
}

/** The same with a disk at each end: this one commits meanwhile, the other before it answers. */
async function durableRoundTrip(store: IDBDatabase, payload: string): Promise<number> {
  const startedAt = performance.now();
  const answer = answered();
  const committed = commit(store, payload);
  channel.send(payload);
  await Promise.all([answer, committed]);
  return performance.now() - startedAt;
}

function openStore(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("log", { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function commit(store: IDBDatabase, record: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const transaction = store.transaction("log", "readwrite", { durability: "relaxed" });
    transaction.objectStore("log").add({ record });
    transaction.oncomplete = () => resolve(performance.now() - startedAt);
    transaction.onerror = () => reject(transaction.error);
    transaction.commit();
  });
}

const echo = {
  async offer(): Promise<string> {
    await connection.setLocalDescription(await connection.createOffer());
    return gathered();
  },
  async answer(sdp: string): Promise<string> {
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    return gathered();
  },
  async accept(sdp: string): Promise<void> {
    await connection.setRemoteDescription({ type: "answer", sdp });
  },
  opened(): Promise<void> {
    return new Promise((resolve) => {
      if (channel.readyState === "open") resolve();
      channel.addEventListener("open", () => resolve());
    });
  },
  serve(): void {
    channel.addEventListener("message", ({ data }) => channel.send(data));
  },
  /** Answers each message once it is on this page's disk. */
  async serveDurably(): Promise<void> {
    const store = await openStore("bench-floor-answerer");
    channel.addEventListener("message", async ({ data }) => {
      await commit(store, data);
      channel.send(data);
    });
  },
  /** `n` round trips with a disk at each end, one after the other, in ms. */
  async measureDurable(n: number, bytes: number): Promise<number[]> {
    const store = await openStore("bench-floor");
    const samples: number[] = [];
    for (let i = 0; i < n; i += 1) samples.push(await durableRoundTrip(store, "x".repeat(bytes)));
    store.close();
    return samples;
  },
  /** `n` round trips one after the other, in ms. */
  async measure(n: number, bytes: number): Promise<number[]> {
    const samples: number[] = [];
    for (let i = 0; i < n; i += 1) samples.push(await roundTrip("x".repeat(bytes)));
    return samples;
  },
  /** `n` commits of one small record, one after the other, in ms. */
  async measureCommits(n: number, bytes: number): Promise<number[]> {
    const store = await openStore("bench-floor");
    const samples: number[] = [];
    for (let i = 0; i < n; i += 1) samples.push(await commit(store, "x".repeat(bytes)));
    store.close();
    return samples;
  },
};
Object.assign(window, { echo });
