import { createCoordinator } from "../../lib/coordinator/coordinator";
import { type CoordinatorInput, tickMs } from "../../lib/coordinator/types";
import { createEngine } from "../../lib/engine/engine";
import type { Engine, EngineInput, EngineOutput, TimerId } from "../../lib/engine/types";
import { must } from "../../lib/kernel/assert";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { OpId, SessionId, SiteId } from "../../lib/protocol/ids";
import type { Operation, Outcome } from "../../lib/protocol/operation";
import { createSessionTokens } from "../../lib/protocol/session-token";
import { resolveCluster } from "../../lib/scenario/cluster";

type Untimed<Input> = Input extends unknown ? Omit<Input, "now"> : never;

/**
 * A pod in one process, with nothing between its machines: messages arrive and disks commit at once, in
 * the order in which they were sent; time passes only when `wait` says so.
 */
export type LoopPod = {
  /** Gives an operation of the one session to a site and carries out all that follows; null while it has no answer. */
  readonly ask: (site: SiteId, op: Operation, context?: "held") => Outcome | null;
  readonly wait: (ms: number) => void;
  /** The site that reigns, or any where every site does. */
  readonly primary: () => SiteId;
  readonly engine: (site: SiteId) => Engine;
  /** Inputs that engines have handled so far. */
  readonly steps: () => number;
};

const session = "bench" as SessionId;

/** `carry` is what a message goes through on its way: sharing objects, or text as over a wire. */
export function createLoopPod(
  sites: readonly SiteId[],
  patch: ClusterPatch,
  carry: <T>(message: T) => T = (message) => message,
): LoopPod {
  const engines = new Map<SiteId, Engine>();
  const due = new Map<string, { readonly atMs: number; readonly run: () => void }>();
  const coordinator = createCoordinator();
  const answers = new Map<OpId, Outcome>();
  const tokens = createSessionTokens(() => mono);
  const work: (() => void)[] = [];
  let mono = 0;
  let steps = 0;
  let asked = 0;

  function step(site: SiteId, input: Untimed<EngineInput>): void {
    steps += 1;
    const now = { mono, wall: mono };
    const engine = must(engines.get(site), "every site has an engine");
    for (const output of engine.step({ ...input, now } as EngineInput)) carryOut(site, output);
  }

  function decide(input: CoordinatorInput): void {
    for (const output of coordinator.step(input)) {
      if (output.type !== "send") continue;
      const { to, message } = output;
      work.push(() => step(to, { type: "coordination", message }));
    }
  }

  function carryOut(site: SiteId, output: EngineOutput): void {
    if (output.type === "send") {
      const message = carry(output.message);
      work.push(() => step(output.to, { type: "message", from: site, message }));
    } else if (output.type === "coordinate") {
      const { message } = output;
      work.push(() => decide({ type: "message", mono, from: site, message }));
    } else if (output.type === "persist") {
      work.push(() => step(site, { type: "persisted", seq: output.seq }));
    } else if (output.type === "reply") {
      answers.set(output.opId, output.outcome);
    } else if (output.type === "set-timer") {
      setTimer(site, output.id, mono + output.afterMs);
    } else if (output.type === "cancel-timer") due.delete(`${site} ${output.id}`);
  }

  function setTimer(site: SiteId, id: TimerId, atMs: number): void {
    due.set(`${site} ${id}`, { atMs, run: () => step(site, { type: "timer", id }) });
  }

  function drain(): void {
    for (let next = 0; next < work.length; next += 1) work[next]?.();
    work.length = 0;
  }

  function wait(ms: number): void {
    const untilMs = mono + ms;
    for (;;) {
      const first = [...due].reduce((a, b) => (b[1].atMs < a[1].atMs ? b : a));
      if (first[1].atMs > untilMs) break;
      mono = Math.max(mono, first[1].atMs);
      due.delete(first[0]);
      first[1].run();
      drain();
    }
    mono = untilMs;
  }

  function tick(): void {
    due.set("tick", { atMs: mono + tickMs, run: tick });
    decide({ type: "tick", mono });
  }

  for (const [index, site] of sites.entries())
    engines.set(site, createEngine({ site, index, incarnation: 1 }));
  const cluster = resolveCluster(patch);
  if (!cluster.ok) throw new Error(cluster.error.expected);
  decide({ type: "start", mono, members: sites, cluster: cluster.value, memory: null });
  for (const site of sites) step(site, { type: "start", journal: [] });
  for (const site of sites) decide({ type: "connected", mono, site, incarnation: 1 });
  tick();
  drain();

  return {
    ask(site, op, context) {
      asked += 1;
      const opId = `op:${asked}` as OpId;
      const token = { ...tokens.of(session, op.key), ...(context && { context }) };
      step(site, { type: "client", opId, session, op, token, deadlineMs: 5000 });
      drain();
      const outcome = answers.get(opId);
      if (outcome === undefined) return null;
      answers.delete(opId);
      tokens.learn(session, op, outcome);
      return outcome;
    },
    wait,
    primary: () =>
      must(
        sites.find((site) => engines.get(site)?.snapshot().role === "primary"),
        "somebody reigns",
      ),
    engine: (site) => must(engines.get(site), "every site has an engine"),
    steps: () => steps,
  };
}
