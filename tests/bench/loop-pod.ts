import { createCoordinator } from "../../lib/coordinator/coordinator";
import { type CoordinatorInput, tickMs } from "../../lib/coordinator/types";
import { createEngine } from "../../lib/engine/engine";
import type { Engine, EngineInput, EngineOutput, Now, TimerId } from "../../lib/engine/types";
import { must, unreachable } from "../../lib/kernel/assert";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { OpId, SessionId, SiteId } from "../../lib/protocol/ids";
import type { Operation, Outcome } from "../../lib/protocol/operation";
import { createSessionTokens } from "../../lib/protocol/session-token";
import { resolveCluster } from "../../lib/scenario/cluster";

/**
 * A pod in one process, with nothing between its machines: messages arrive and disks commit at once, in
 * the order in which they were sent, and a disk commits all that waits for it together, as the runtime's
 * does; time passes only when `wait` says so. It must cost little beside the engines it measures.
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
  const timers = new Map(sites.map((site) => [site, new Map<TimerId, number>()]));
  /** The last change that waits for each site's disk; 0 where none does. */
  const unwritten = new Map<SiteId, number>();
  const coordinator = createCoordinator();
  const answers = new Map<OpId, Outcome>();
  const tokens = createSessionTokens(() => mono);
  const work: (() => void)[] = [];
  let mono = 0;
  let now: Now = { mono, wall: mono };
  let tickAtMs = 0;
  let steps = 0;
  let asked = 0;

  function step(site: SiteId, input: EngineInput): void {
    steps += 1;
    const engine = must(engines.get(site), "every site has an engine");
    for (const output of engine.step(input)) carryOut(site, output);
  }

  function decide(input: CoordinatorInput): void {
    for (const output of coordinator.step(input)) {
      if (output.type !== "send") continue;
      const { to, message } = output;
      work.push(() => step(to, { type: "coordination", now, message }));
    }
  }

  function carryOut(site: SiteId, output: EngineOutput): void {
    switch (output.type) {
      case "send": {
        const message = carry(output.message);
        work.push(() => step(output.to, { type: "message", now, from: site, message }));
        return;
      }
      case "coordinate":
        work.push(() => decide({ type: "message", mono, from: site, message: output.message }));
        return;
      case "persist":
        if (!unwritten.get(site)) work.push(() => commit(site));
        unwritten.set(site, output.seq);
        return;
      case "reply":
        answers.set(output.opId, output.outcome);
        return;
      case "set-timer":
        timers.get(site)?.set(output.id, mono + output.afterMs);
        return;
      case "cancel-timer":
        timers.get(site)?.delete(output.id);
        return;
      case "record":
        return;
      default:
        unreachable(output);
    }
  }

  function commit(site: SiteId): void {
    const seq = unwritten.get(site) ?? 0;
    unwritten.set(site, 0);
    step(site, { type: "persisted", now, seq });
  }

  function drain(): void {
    for (let next = 0; next < work.length; next += 1) work[next]?.();
    work.length = 0;
  }

  function setTime(ms: number): void {
    mono = Math.max(mono, ms);
    now = { mono, wall: mono };
  }

  /** The next thing that time brings: a timer of a site, or the coordinator's tick. */
  function nextDue(): { readonly atMs: number; readonly run: () => void } {
    let next = { atMs: tickAtMs, run: tick };
    for (const [site, ids] of timers) {
      for (const [id, atMs] of ids) {
        if (atMs < next.atMs) next = { atMs, run: () => fire(site, id) };
      }
    }
    return next;
  }

  function fire(site: SiteId, id: TimerId): void {
    timers.get(site)?.delete(id);
    step(site, { type: "timer", now, id });
  }

  function tick(): void {
    tickAtMs = mono + tickMs;
    decide({ type: "tick", mono });
  }

  function wait(ms: number): void {
    const untilMs = mono + ms;
    for (let next = nextDue(); next.atMs <= untilMs; next = nextDue()) {
      setTime(next.atMs);
      next.run();
      drain();
    }
    setTime(untilMs);
  }

  for (const [index, site] of sites.entries())
    engines.set(site, createEngine({ site, index, incarnation: 1 }));
  const cluster = resolveCluster(patch);
  if (!cluster.ok) throw new Error(cluster.error.expected);
  decide({ type: "start", mono, members: sites, cluster: cluster.value, memory: null });
  for (const site of sites) step(site, { type: "start", now, journal: [] });
  for (const site of sites) decide({ type: "connected", mono, site, incarnation: 1 });
  tick();
  drain();

  return {
    ask(site, op, context) {
      asked += 1;
      const opId = `op:${asked}` as OpId;
      const token = { ...tokens.of(session, op.key), ...(context && { context }) };
      step(site, { type: "client", now, opId, session, op, token, deadlineMs: 5000 });
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
