import type { Timing } from "../../lib/net/timing";
import { opIdOf, type SessionId, type SiteId } from "../../lib/protocol/ids";
import type { Operation } from "../../lib/protocol/operation";
import type { Traffic } from "../lab/events";
import type { ClientRequest } from "./edge";

/** The load of the world's clients: open loop, so a slow cluster does not slow its clients down. */
export type TrafficSource = {
  readonly set: (traffic: Traffic) => void;
  /** While frozen the clients rest. */
  readonly setFrozen: (frozen: boolean) => void;
  readonly close: () => void;
};

/** Operations under way at most; more would only measure the queue. */
const openOpsMax = 1000;

/**
 * Starts the clients of one pod, one session a site. `firstNumber` starts their numbering, above
 * everything numbered before a restart of the server; every put writes a value of its own.
 */
export function createTraffic(options: {
  readonly sites: readonly SiteId[];
  readonly timing: Timing;
  readonly firstNumber: number;
  readonly run: (request: ClientRequest) => Promise<unknown>;
}): TrafficSource {
  let traffic: Traffic | null = null;
  let frozen = false;
  let turn = 0;
  let open = 0;
  let cancel: (() => void) | null = null;

  function restart(): void {
    cancel?.();
    cancel = null;
    if (traffic === null || traffic.ratePerSec === 0 || frozen) return;
    const everyMs = 1000 / traffic.ratePerSec;
    let dueAt = options.timing.now();
    const tick = (): void => {
      for (; dueAt <= options.timing.now(); dueAt += everyMs) issue();
      cancel = options.timing.after(dueAt - options.timing.now(), tick);
    };
    tick();
  }

  function issue(): void {
    if (traffic === null || open >= openOpsMax) return;
    const session = `edge-${(turn % options.sites.length) + 1}` as SessionId;
    const opId = opIdOf(session, options.firstNumber + turn);
    turn += 1;
    open += 1;
    const done = (): void => {
      open -= 1;
    };
    options.run({ session, opId, op: nextOp(traffic, opId) }).then(done, done);
  }

  return {
    set(next) {
      traffic = next;
      restart();
    },
    setFrozen(next) {
      if (next === frozen) return;
      frozen = next;
      restart();
    },
    close: () => cancel?.(),
  };
}

function nextOp({ mix, keys }: Traffic, opId: string): Operation {
  const key = keys[Math.floor(Math.random() * keys.length)] ?? "x";
  const isPut = Math.random() * (mix.put + mix.get) < mix.put;
  return isPut ? { f: "put", key, value: opId.replace(":", "-") } : { f: "get", key };
}
