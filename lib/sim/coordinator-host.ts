import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorOutput,
  tickMs,
} from "../coordinator/types";
import { unreachable } from "../kernel/assert";
import type { Cluster } from "../protocol/cluster";
import type { CoordinatorToSite } from "../protocol/coordination/message";
import type { SiteId } from "../protocol/ids";
import type { TraceBody } from "../protocol/trace";
import type { View } from "../protocol/view";
import type { Schedule } from "./schedule";

type Untimed = CoordinatorInput extends infer Input
  ? Input extends unknown
    ? Omit<Input, "mono">
    : never
  : never;

/** The coordinator at work: it ticks, and what it says goes out over the network. */
export type CoordinatorHost = {
  readonly start: (members: readonly SiteId[], cluster: Cluster) => void;
  readonly input: (input: Untimed) => void;
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
  let announced = -1;
  let fence: Fence = () => false;

  function input(untimed: Untimed): void {
    const outputs = coordinator.step({ ...untimed, mono: schedule.nowMs() } as CoordinatorInput);
    for (const output of outputs) carryOut(output);
    // A new view is remembered before anybody hears of it.
    if (!outputs.some((output) => output.type === "persist")) return;
    const { number } = view();
    if (number === announced) return;
    announced = number;
    options.onView();
  }

  function view(): View {
    return coordinator.snapshot(schedule.nowMs()).view;
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
        break;
      case "fence":
        // The machine answers in a moment of its own: the present input is handled to the end first.
        schedule.after(0, () => {
          const { site, incarnation } = output;
          if (fence(site, incarnation)) input({ type: "fenced", site, incarnation });
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
      input({ type: "tick" });
      tick();
    });
  }

  return {
    start(members, cluster) {
      input({ type: "start", members, cluster, memory: null });
      tick();
    },
    input,
    view,
    setFence(next) {
      fence = next;
    },
  };
}
