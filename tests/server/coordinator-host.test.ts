import { expect, test } from "vitest";
import { createCoordinator } from "../../lib/coordinator/coordinator";
import type { Coordinator, CoordinatorMemory } from "../../lib/coordinator/types";
import type { CoordinatorToSite } from "../../lib/protocol/coordination/message";
import { noFaults } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import { origin } from "../../lib/protocol/position";
import { reduceFaults } from "../../lib/scenario/fault-reducer";
import { planLab } from "../../server/catalogue";
import { createServerClock } from "../../server/clock";
import { type CoordinatorHostOptions, createCoordinatorHost } from "../../server/pod/coordinator-host";
import { until } from "./harness";

const sites = ["mumbai", "frankfurt"] as SiteId[];
const [mumbai] = sites as [SiteId, SiteId];

function hostOf(options: Partial<CoordinatorHostOptions> = {}) {
  const plan = planLab({});
  if (!plan.ok) throw new Error(plan.error);
  const sent: CoordinatorToSite[] = [];
  const errors: unknown[] = [];
  const remembered: CoordinatorMemory[] = [];
  const host = createCoordinatorHost({
    sites,
    cluster: plan.value.cluster,
    memory: null,
    timing: createServerClock(),
    remember: async (memory) => void remembered.push(memory),
    record: () => {},
    send: (_, message) => sent.push(message),
    onView: () => {},
    fence: async () => false,
    onError: (error) => errors.push(error),
    ...options,
  });
  let beats = 0;
  const beat = () => {
    beats += 1;
    const { view } = host.snapshot();
    const believed = {
      viewNumber: view.number,
      epoch: view.epoch,
      generation: view.generation,
      position: origin,
    };
    const rest = {
      seenDigest: "",
      syncSet: [],
      hidden: false,
      appliedLsn: 0,
      upstream: null,
      peers: [],
      role: "primary" as const,
    };
    host.receive(mumbai, {
      type: "heartbeat",
      incarnation: 1,
      beat: beats,
      sentMono: 0,
      ...believed,
      ...rest,
    });
  };
  return { host, sent, errors, remembered, beat };
}

test("a coordinator that fails is begun again from its memory: no epoch goes back, and its pod goes on", async () => {
  let failNext = false;
  const brittle = (): Coordinator => {
    const real = createCoordinator();
    return {
      ...real,
      step: (input) => {
        if (failNext && input.type === "message") {
          failNext = false;
          throw new Error("a bug");
        }
        return real.step(input);
      },
    };
  };
  const { host, sent, errors, beat } = hostOf({ create: brittle });
  host.setConnection(mumbai, 1);
  beat();
  await until("the first reign", () => host.snapshot().view.primary === mumbai);
  const { epoch } = host.snapshot().view;
  failNext = true;
  beat();
  expect(errors).toHaveLength(1);
  expect(host.snapshot().view.epoch).toBeGreaterThanOrEqual(epoch);
  const heard = sent.length;
  beat();
  await until("heartbeats are answered again", () =>
    sent.slice(heard).some(({ type }) => type === "beat-reply"),
  );
  host.close();
});

test("a store that refuses an epoch holds it back until it takes it", async () => {
  let refusals = 2;
  const kept: number[] = [];
  const { host, sent, beat } = hostOf({
    remember: async ({ view }) => {
      if (view.epoch > 0 && refusals > 0) {
        refusals -= 1;
        throw new Error("the disk is full");
      }
      kept.push(view.epoch);
    },
  });
  host.setConnection(mumbai, 1);
  beat();
  const epochs = () => sent.flatMap((message) => (message.type === "view" ? [message.view.epoch] : []));
  await until("the epoch is out", () => epochs().includes(1), 5000);
  expect(refusals).toBe(0);
  expect(kept).toContain(1);
  host.close();
});

test("across a cut the coordinator neither hears nor is told that a connection closed; pulled, it is told at once", async () => {
  const { host, sent, beat } = hostOf();
  host.setConnection(mumbai, 1);
  beat();
  const status = () => host.snapshot().sites[0]?.status;
  await until("alive", () => status() === "alive");
  host.setFaults(
    reduceFaults(noFaults, { do: "cut", from: mumbai, to: "coordinator", oneWay: false }, sites),
  );
  host.setConnection(mumbai, null);
  expect(status()).toBe("alive");
  const heard = sent.length;
  beat();
  expect(sent.length).toBe(heard);
  host.setFaults(noFaults);
  expect(status()).toBe("suspect");
  host.setConnection(mumbai, 1);
  beat();
  await until("alive again", () => status() === "alive");
  host.setFaults(reduceFaults(noFaults, { do: "pull", from: mumbai, to: "coordinator" }, sites));
  expect(status()).toBe("suspect");
  host.close();
});

test("what a site held is forgotten durably before the one who asked may go on", async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let hold = false;
  const kept: CoordinatorMemory[] = [];
  const { host, beat } = hostOf({
    remember: async (memory) => {
      if (hold) await held;
      kept.push(memory);
    },
  });
  host.setConnection(mumbai, 1);
  beat();
  await until("mumbai reigns", () => kept.at(-1)?.reign?.primary === mumbai);
  hold = true;
  let forgotten = false;
  const done = host.forget(mumbai).then(() => {
    forgotten = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(forgotten).toBe(false);
  release();
  await done;
  expect(kept.at(-1)?.reign).toMatchObject({ primary: mumbai, diskLost: true });
  host.close();
});
