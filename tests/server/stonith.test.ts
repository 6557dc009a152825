import { expect, test } from "vitest";
import type { Timing } from "../../lib/net/timing";
import { type FaultState, noFaults } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import { resolveCluster } from "../../lib/scenario/cluster";
import { reduceFaults } from "../../lib/scenario/fault-reducer";
import type { SeatConnection } from "../../server/pod/connections";
import { createStonith } from "../../server/pod/stonith";

const mumbai = "mumbai" as SiteId;
const pune = "pune" as SiteId;

/** A pod of which only what stonith looks at exists. */
function world() {
  const cluster = resolveCluster({ preset: "rds-multi-az" });
  if (!cluster.ok) throw new Error(cluster.error.expected);
  const state = {
    now: 0,
    faults: noFaults as FaultState,
    seat: null as SeatConnection | null,
    orders: [] as unknown[],
  };
  /** A tab whose control socket answers an order with `answer`. */
  function tab(incarnation: number, answer: unknown): SeatConnection {
    const emitWithAck = async (_: string, order: unknown) => {
      state.orders.push(order);
      return answer;
    };
    const control = { timeout: () => ({ emitWithAck }) };
    return { seatId: "s", site: mumbai, incarnation, sockets: { control } } as unknown as SeatConnection;
  }
  const fence = createStonith({
    connections: { at: () => state.seat } as never,
    timing: { now: () => state.now } as unknown as Timing,
    faults: () => state.faults,
    cluster: () => ({ ...cluster.value, fencing: ["lease-request", "stonith"] }),
    record: () => {},
  });
  return { state, tab, fence };
}

test("[C89] a tab that confirms its crash is proof, one that does not answer is none", async () => {
  const { state, tab, fence } = world();
  state.seat = tab(1, { ok: true, value: null });
  expect(await fence(mumbai, 1)).toBe(true);
  expect(state.orders).toEqual([{ do: "crash", disk: "kept" }]);
  state.seat = tab(1, null);
  expect(await fence(mumbai, 1)).toBe(false);
});

test("[C89] a newer life is not stopped for an older one, and behind a cut nothing is known", async () => {
  const { state, tab, fence } = world();
  state.seat = tab(2, { ok: true, value: null });
  expect(await fence(mumbai, 1)).toBe(true);
  expect(state.orders).toEqual([]);
  const sites = [mumbai, pune];
  state.faults = reduceFaults(noFaults, { do: "isolate", site: mumbai }, sites);
  expect(await fence(mumbai, 2)).toBe(false);
  expect(state.orders).toEqual([]);
});

test("[C89] a tab that is gone proves it by being gone for longer than any lease", async () => {
  const { state, fence } = world();
  expect(await fence(mumbai, 1)).toBe(false);
  state.now = 2000;
  expect(await fence(mumbai, 1)).toBe(false);
  state.now = 10_000;
  expect(await fence(mumbai, 1)).toBe(true);
});
