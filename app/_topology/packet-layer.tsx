"use client";
import { useEffect, useRef } from "react";
import { createPackets, type Lane, type Packets } from "./packets";

/** The layer on which messages fly, fed by each new picture of the pod. */
export function PacketLayer({
  lanes,
  nowMs,
  size,
}: {
  readonly lanes: readonly Lane[];
  readonly nowMs: number;
  readonly size: number;
}) {
  const layer = useRef<SVGGElement>(null);
  const packets = useRef<Packets | null>(null);
  const shownAt = useRef(nowMs);
  useEffect(() => {
    if (layer.current === null) return;
    const created = createPackets(layer.current);
    packets.current = created;
    return () => {
      packets.current = null;
      created.close();
    };
  }, []);
  useEffect(() => {
    const elapsed = nowMs - shownAt.current;
    shownAt.current = nowMs;
    // After a pause there is nothing to catch up with: what flew then has flown.
    if (elapsed > 0) packets.current?.show(lanes, Math.min(elapsed, 1000), size);
  }, [lanes, nowMs, size]);
  return <g ref={layer} />;
}
