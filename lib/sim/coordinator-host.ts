import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorOutput,
  tickMs,
} from "../coordinator/types";
import { must, unreachable } from "../kernel/assert";
import type { Cluster } from "../protocol/cluster";
import type { CoordinatorToSite } from "../protocol/coordination/message";
import type { SiteId } from "../protocol/ids";
import type { TraceBody } from "../protocol/trace";
import type { View } from "../protocol/view";
import type { Schedule } from "./schedule";

/** Makes an input at the moment the coordinator takes it, which is at once. */
type Arrival = (mono: number) => CoordinatorInput;

/** The coordinator at work: it ticks, and what it says goes out over the network. */
export type CoordinatorHost = {
  readonly start: (members: readonly SiteId[], cluster: Cluster) => void;
  readonly input: (arrival: Arrival) => void;
  readonly view: () => View;
  /** Says how a site is stopped from outside (`stonith`): true when that incarnation certainly is. */
  readonly setFence: (fence: Fence) => void;
};

export type Fence = (site: SiteId, incarnation: number) => boolean;

/** Creates the coordinator of one pod. `onView` is called whenever there is a new view. */
export function createCoordinatorHost(options: {
  readonly coordinator: Coordinator;
  readonly schedule: Schedule;
  readonly send: (to: SiteId, message: CoordinatorToSite) => void;
  readonly record: (body: TraceBody) => void;
  readonly onView: () => void;
}): CoordinatorHost {
  const { schedule, coordinator } = options;
  /** As it was last remembered: a new view is durable before anybody hears of it. */
  let view: View | null = null;
  let fence: Fence = () => false;

  function input(arrival: Arrival): void {
    const before = view?.number;
    for (const output of coordinator.step(arrival(schedule.nowMs()))) carryOut(output);
    if (view?.number !== before) options.onView();
  }

  function carryOut(output: CoordinatorOutput): void {
    switch (output.type) {
      case "send":
        options.send(output.to, output.message);
        break;
      case "record":
        options.record(output.event);
        break;
      case "answer":
        if (output.refused !== null) note(output.refused);
        break;
      case "persist":
        // The simulated coordinator never fails, so what it must not forget stays in its memory.
        view = output.memory.view;
        break;
      case "fence":
        // The machine answers in a moment of its own: the present input is handled to the end first.
        schedule.after(0, () => {
          const { site, incarnation } = output;
          if (fence(site, incarnation)) input((mono) => ({ type: "fenced", mono, site, incarnation }));
        });
        break;
      default:
        unreachable(output);
    }
  }

  function note(refused: string): void {
    options.record({ kind: "note", text: `Refused: ${refused}`.slice(0, 500) });
  }

  function tick(): void {
    schedule.after(tickMs, () => {
      input((mono) => ({ type: "tick", mono }));
      tick();
    });
  }

  return {
    start(members, cluster) {
      input((mono) => ({ type: "start", mono, members, cluster, memory: null }));
      tick();
    },
    input,
    view: () => must(view, "the coordinator has started"),
    setFence(next) {
      fence = next;
    },
  };
}
