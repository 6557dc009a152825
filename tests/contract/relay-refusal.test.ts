import { expect, test } from "vitest";
import { relayOverSocket } from "@/lib/net/relay";
import type { LabCode, SeatId } from "@/lib/protocol/ids";
import { until } from "./link-suite";
import { realTiming } from "./real-timing";
import { startRelayServer } from "./relay-server";

const auth = () => ({
  as: "seat" as const,
  code: "ABCDEF" as LabCode,
  seatId: "lima" as SeatId,
  secret: "0123456789abcdef",
  incarnation: 1,
});

test("a relay that refuses at first, or puts the tab out, is asked again until it takes it", async () => {
  const server = await startRelayServer();
  server.refuse(true);
  const reachable: boolean[] = [];
  const relay = relayOverSocket(server.url, auth)(
    { onFrame: () => undefined, onReachable: (now) => reachable.push(now), onDrain: () => undefined },
    realTiming,
  );
  await until("it was refused twice", () => server.refusals() >= 2);
  expect(reachable).toEqual([]);
  server.refuse(false);
  await until("it is in", () => relay.isReachable());
  server.putAllOut();
  await until("it is in again", () => reachable.join() === "true,false,true");
  relay.close();
  expect(relay.isReachable()).toBe(false);
  expect(reachable).toHaveLength(3);
  await server.close();
});
