import { createCoordinator } from "../../../lib/coordinator/coordinator";
import type { Coordinator } from "../../../lib/coordinator/types";
import { createEngine } from "../../../lib/engine/engine";
import type { Engine, EngineInput, EngineOutput } from "../../../lib/engine/types";
import type { Cluster } from "../../../lib/protocol/cluster";
import type { SiteMessage, SiteMessageOf } from "../../../lib/protocol/site/message";
import type { Property } from "../../../lib/sim/invariants";
import type { Machines } from "../../../lib/sim/pod";
import type { FaultKind } from "../../../lib/sim/swarm/faults";

/** A bug, and the promise that it breaks. */
export type Mutant = {
  /** What the faulty machine does, as a sentence without its subject. */
  readonly bug: string;
  /** The rule of a SPEC.md that it breaks. */
  readonly rule: string;
  /** The row of promises whose swarm, seeds and checks must find it. */
  readonly row: string;
  /** Given, only these go wrong: a bug that needs several at once is found sooner. */
  readonly faults?: readonly FaultKind[];
  readonly breaks: Property;
  /** Other promises that such a bug cannot but break as well. */
  readonly drags?: readonly Property[];
  readonly machines: Machines;
};

type Step = Engine["step"];

/** Sites whose engine is `plant`ed with a bug; the coordinator is sound. `life` is one engine of one site. */
export function sites(plant: (life: Engine) => Step): Machines {
  return {
    createCoordinator,
    createEngine(identity) {
      const engine = createEngine(identity);
      return { ...engine, step: plant(engine) };
    },
  };
}

/** A coordinator that is planted with a bug, under sound sites. */
export function coordinator(plant: (machine: Coordinator) => Coordinator): Machines {
  return { createEngine, createCoordinator: () => plant(createCoordinator()) };
}

/** Sites that take each input for what `change` makes of it; null is not heard at all. */
export function mishearing(change: (input: EngineInput, engine: Engine) => EngineInput | null): Machines {
  return sites((engine) => (input) => {
    const heard = change(input, engine);
    return heard === null ? [] : engine.step(heard);
  });
}

/** Sites that take a message of one type from another site for what `change` makes of it. */
export function misreading<Type extends SiteMessage["type"]>(
  type: Type,
  change: (message: SiteMessageOf<Type>, engine: Engine) => SiteMessage | null,
): Machines {
  return mishearing((input, engine) => {
    if (input.type !== "message" || input.message.type !== type) return input;
    const message = change(input.message as SiteMessageOf<Type>, engine);
    return message === null ? null : { ...input, message };
  });
}

/** Sites that carry out what `change` makes of each output. */
export function misspeaking(change: (output: EngineOutput, engine: Engine) => EngineOutput): Machines {
  return sites((engine) => (input) => engine.step(input).map((output) => change(output, engine)));
}

/** Sites that do not do what the cluster is configured to do: they obey another configuration. */
export function disobeying(change: (cluster: Cluster) => Cluster): Machines {
  return mishearing((input) => {
    if (input.type !== "coordination" || input.message.type !== "view") return input;
    const { view } = input.message;
    const obeyed = { ...view, cluster: change(view.cluster) };
    return { ...input, message: { ...input.message, view: obeyed } };
  });
}

/** Sites that act as if whatever they hand to the disk were on it at once. */
export const hasty: Machines = sites((engine) => (input) => {
  const due = [...engine.step(input)];
  const done: EngineOutput[] = [];
  for (let output = due.shift(); output !== undefined; output = due.shift()) {
    done.push(output);
    if (output.type !== "persist") continue;
    due.push(...engine.step({ type: "persisted", now: input.now, seq: output.seq }));
  }
  return done;
});
