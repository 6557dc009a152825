import { type FaultState, healthyLink } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import { type Carrier, type CarrierOptions, createCarrier } from "./carrier";
import { conditionOf, isSilent } from "./fault";
import { createFaultPipe } from "./fault-pipe";
import { type FramePort, framePayloadBytes } from "./frame";
import type { Lane, Link, LinkInfo, LinkStatus, MeshEvents } from "./link";
import { createProbe } from "./probe";

/** More than this waiting on one link is given up whole, as a connection that times out. */
const heldBytesMax = 64 * 1024 * 1024;

/** A link of the mesh: `Link` for its users, the rest for the mesh that feeds it. */
export type SiteLink = Link &
  Pick<Carrier, "signal" | "relayFrame" | "relayReachable" | "relayDrained" | "beat"> & {
    readonly incarnation: number;
    readonly setFaults: (faults: FaultState) => void;
    /** Reports its state again, as of a link just made. */
    readonly announce: () => void;
  };

type Message = { readonly lane: Lane; readonly port: FramePort; readonly payload: Uint8Array };

/**
 * Creates the link to one incarnation of one site: the fault layer above a carrier, and the account
 * of it for people. It does nothing before the first `setFaults`.
 */
export function createSiteLink(
  options: CarrierOptions & {
    readonly self: SiteId;
    readonly seed: number;
    readonly events: MeshEvents;
  },
): SiteLink {
  const { self, peer, timing, count, events } = options;
  let there = healthyLink;
  let back = healthyLink;
  let faultVersion = 0;
  /** Messages sent while knowing only these faults or older ones died in the last cut. */
  let deadStamp = -1;
  let isClosed = false;
  let reported: LinkInfo | null = null;

  const carrier = createCarrier({
    ...options,
    stamp: () => faultVersion,
    // A cut kills at delivery too: what arrives in it, and what was sent before it was over.
    isDead: (stamp) => isSilent(back) || stamp <= deadStamp,
    events: {
      onMessage: hand,
      onLost: () => pipe.clear(),
      onChange: () => report(),
    },
  });
  const pipe = createFaultPipe<Message>({
    seed: options.seed,
    name: `${self}>${peer.site}`,
    timing,
    deliver: ({ lane, port, payload }) => carrier.send(lane, port, payload),
  });
  const probe = createProbe({ timing, send: (payload) => offer("replication", "link", payload) });

  function offer(lane: Lane, port: FramePort, payload: Uint8Array): void {
    pipe.offer(lane, payload.length, { lane, port, payload });
  }

  function hand(lane: Lane, port: FramePort, payload: Uint8Array): void {
    if (port !== "link") events.onMessage(peer.site, port, lane, payload);
    else if (!probe.receive(payload)) count("link-probe");
  }

  function status(): LinkStatus {
    if (there.pulled || back.pulled) return "pulled";
    if (isSilent(there) || isSilent(back)) return "cut";
    return carrier.isHeard() ? "up" : "connecting";
  }

  function info(): LinkInfo {
    const now = status();
    return {
      to: peer.site,
      status: now,
      rttMs: now === "up" ? probe.rttMs() : null,
      ...carrier.path(),
    };
  }

  function report(): void {
    if (isClosed) return;
    const before = reported;
    const now = info();
    const same = (["status", "via", "relayReason"] as const).every((name) => before?.[name] === now[name]);
    if (same) return;
    reported = now;
    if (now.status !== "up") probe.forget();
    else if (before?.status !== "up") probe.ask();
    events.onChange(now);
  }

  function bufferedBytes(): number {
    return pipe.pendingBytes() + carrier.waitingBytes();
  }

  function overflow(): void {
    count("link-overflow");
    pipe.clear();
    carrier.abandon();
  }

  return {
    signal: carrier.signal,
    relayFrame: carrier.relayFrame,
    relayReachable: carrier.relayReachable,
    relayDrained: carrier.relayDrained,
    peer: peer.site,
    incarnation: peer.incarnation,
    send(lane, port, payload) {
      if (isClosed) return;
      if (payload.length > limits.streamMessageBytes) count("stream-message-too-large");
      else if (bufferedBytes() + payload.length > heldBytesMax) overflow();
      else offer(payload.length > framePayloadBytes ? "stream" : lane, port, payload);
    },
    info,
    bufferedBytes,
    setFaults(faults) {
      const wasCut = isSilent(there) || isSilent(back);
      faultVersion = faults.version;
      there = conditionOf(faults, self, peer.site);
      back = conditionOf(faults, peer.site, self);
      if (pipe.set(there)) carrier.reset();
      if (isSilent(back)) deadStamp = faultVersion;
      carrier.setPlugged(!(there.pulled || back.pulled));
      // A relay that enforced the cut let nothing through: make ourselves heard at once.
      if (wasCut) carrier.beat(true);
      report();
    },
    announce() {
      reported = null;
      report();
    },
    beat(isLate) {
      carrier.beat(isLate);
      probe.ask();
      report();
    },
    close() {
      isClosed = true;
      pipe.clear();
      carrier.close();
    },
  };
}
