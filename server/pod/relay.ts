import type { Timing } from "../../lib/net/timing";
import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import { isSevered } from "../../lib/scenario/fault-reducer";
import { createTokenBucket, type TokenBucket } from "../token-bucket";

/** Carries opaque frames between seats that have no direct path. */
export type Relay = {
  /** Hands a frame on, now or when the pair's share of the wire allows; null, or the name of why it is dropped. */
  readonly forward: (from: SiteId, to: SiteId, bytes: number, deliver: () => void) => RelayDrop | null;
  readonly setFaults: (faults: FaultState) => void;
  readonly close: () => void;
};
export type RelayDrop = "RELAY_CUT" | "RELAY_BACKLOG";

const bytesPerSec = 4 * 1024 * 1024;
const burstBytes = 1024 * 1024;
const backlogBytes = 8 * 1024 * 1024;

type Lane = {
  readonly bucket: TokenBucket;
  readonly queue: { readonly bytes: number; readonly deliver: () => void }[];
  queuedBytes: number;
  cancel: (() => void) | null;
};

/**
 * Cuts and pulled cables are enforced here, at delivery too; delay and loss are the tabs' own fault
 * layers' work and are not applied twice. Each pair has its own bytes a second: frames over it wait
 * in order, for a lost frame would break a stream.
 */
export function createRelay(options: { readonly faults: FaultState; readonly timing: Timing }): Relay {
  const { timing } = options;
  let faults = options.faults;
  const lanes = new Map<string, Lane>();

  function laneOf(from: SiteId, to: SiteId): Lane {
    const name = `${from}>${to}`;
    const lane = lanes.get(name) ?? {
      bucket: createTokenBucket({ perSec: bytesPerSec, burst: burstBytes, now: timing.now }),
      queue: [],
      queuedBytes: 0,
      cancel: null,
    };
    lanes.set(name, lane);
    return lane;
  }

  function pump(lane: Lane): void {
    lane.cancel = null;
    for (let next = lane.queue[0]; next !== undefined; next = lane.queue[0]) {
      if (!lane.bucket.take(next.bytes)) {
        lane.cancel = timing.after(5, () => pump(lane));
        return;
      }
      lane.queue.shift();
      lane.queuedBytes -= next.bytes;
      next.deliver();
    }
  }

  return {
    forward(from, to, bytes, deliver) {
      if (isSevered(faults, from, to)) return "RELAY_CUT";
      const lane = laneOf(from, to);
      if (lane.queue.length === 0 && lane.bucket.take(bytes)) {
        deliver();
        return null;
      }
      if (lane.queuedBytes + bytes > backlogBytes) return "RELAY_BACKLOG";
      lane.queue.push({ bytes, deliver: () => void (isSevered(faults, from, to) || deliver()) });
      lane.queuedBytes += bytes;
      if (lane.cancel === null) lane.cancel = timing.after(5, () => pump(lane));
      return null;
    },
    setFaults(next) {
      faults = next;
    },
    close() {
      for (const lane of lanes.values()) lane.cancel?.();
      lanes.clear();
    },
  };
}
