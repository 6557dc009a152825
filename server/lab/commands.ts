import { z } from "zod";
import { unreachable } from "../../lib/kernel/assert";
import { err, ok, type Result } from "../../lib/kernel/result";
import type { SiteId } from "../../lib/protocol/ids";
import { type CommandVerb, commandTargetSchema, commandVerbSchema } from "../../lib/protocol/lab/command";
import type { ApiError, CommandDone, Operate } from "../../lib/protocol/lab/wire";
import { type Outcome, outcomeSchema, unserved } from "../../lib/protocol/operation";
import { settler, type VerbOf } from "../../lib/protocol/verb";
import { isFaultVerb, nodesNamed } from "../../lib/scenario/fault-reducer";
import { problemOf } from "../../lib/scenario/problem";
import { apiError } from "../api-error";
import { changedCluster, sentenceOf } from "../catalogue";
import { plainJson } from "../plain-json";
import { clientTimeoutMs } from "../pod/edge-requests";
import { confirmWithinMs, pushFaults } from "../pod/fault-push";
import type { Pod } from "../pod/pod";
import type { Lab } from "./lab";
import { podOf, seatAt } from "./state";

/** What a command did: who did not confirm it, and for `op` what the operation came to. */
type Done = Pick<CommandDone, "unreached"> & { readonly outcome?: Outcome };
type Answer = Result<Done, ApiError>;

/**
 * Carries out what the holder of the lab's key asks: `{do, …fields, pod?}` as in the contract. The
 * answer comes when the tabs concerned have confirmed, or after two seconds naming those that did not.
 */
export async function runCommand(lab: Lab, body: unknown): Promise<Result<CommandDone, ApiError>> {
  const startedAt = performance.now();
  const parsed = parseCommand(lab, body);
  if (!parsed.ok) return parsed;
  const { verb, pod } = parsed.value;
  const answer =
    pod === null ? await runForLab(lab, verb as LabVerb) : await runForPod(lab, pod, verb as PodVerb);
  if (!answer.ok) return answer;
  lab.show();
  return ok({ tookMs: Math.round(performance.now() - startedAt), ...answer.value });
}

/** These concern the whole class; every other verb concerns one pod. */
type LabVerb = Extract<CommandVerb, { do: "freeze" | "unfreeze" | "lock" | "unlock" | "phase" }>;
type PodVerb = Exclude<CommandVerb, LabVerb>;

function isLabVerb(verb: CommandVerb): verb is LabVerb {
  return ["freeze", "unfreeze", "lock", "unlock", "phase"].includes(verb.do);
}

type Command = { readonly verb: CommandVerb; readonly pod: Pod | null };

function parseCommand(lab: Lab, body: unknown): Result<Command, ApiError> {
  const target = commandTargetSchema.safeParse(body);
  if (!target.success) return refuse(sentenceOf(problemOf(target.error)));
  const { pod: podId, ...rest } = target.data;
  const parsed = commandVerbSchema.safeParse(rest);
  if (!parsed.success) return refuse(sentenceOf(problemOf(parsed.error)));
  const verb = parsed.data;
  if (isLabVerb(verb)) return ok({ verb, pod: null });
  const pods = lab.pods();
  if (podId === undefined && pods.length > 1) {
    return refuse(`pod: this lab has several, so name one of ${pods.map(({ id }) => id).join(", ")}.`);
  }
  const pod = podId === undefined ? pods[0] : lab.pod(podId);
  if (pod === undefined || pod === null) return refuse(`pod: there is no ${podId}.`);
  const { sites } = podOf(lab.state(), pod.id);
  const known: readonly string[] = [...sites, "coordinator", "edge"];
  const named = nodesNamed(verb);
  const stranger = named.find((node) => !known.includes(node));
  if (stranger !== undefined)
    return refuse(`${stranger} is not a site of ${pod.id}: it has ${sites.join(", ")}.`);
  return ok({ verb, pod });
}

async function runForLab(lab: Lab, verb: LabVerb): Promise<Answer> {
  switch (verb.do) {
    case "freeze":
    case "unfreeze": {
      const frozen = verb.do === "freeze";
      await lab.log.commit({ type: "frozen", frozen });
      for (const pod of lab.pods()) pod.traffic.setFrozen(frozen);
      break;
    }
    case "lock":
    case "unlock":
      await lab.log.commit({ type: "locked", locked: verb.do === "lock" });
      break;
    case "phase":
      await lab.log.commit({ type: "phase", name: verb.name });
      break;
    default:
      unreachable(verb);
  }
  lab.show();
  // The picture just sent travels before this, so a confirmation of the faults proves that it came.
  const unreached = await Promise.all(
    lab.pods().map((pod) => pushFaults(pod.connections.all(), podOf(lab.state(), pod.id).faults)),
  );
  return ok({ unreached: unreached.flat() });
}

async function runForPod(lab: Lab, pod: Pod, verb: PodVerb): Promise<Answer> {
  if (isFaultVerb(verb)) return ok({ unreached: await pod.faults.inject(verb) });
  switch (verb.do) {
    case "op":
      return runOp(pod, verb);
    case "resolve": {
      const { site, key, value } = verb;
      record(pod, "resolve", { site, key, value });
      return runOp(pod, { do: "op", session: settler, site, op: { f: "put", key, value } }, "held");
    }
    case "crash": {
      const { disk, site } = verb;
      record(pod, "crash", { site, disk });
      const result = await operate(pod, site, { do: "crash", disk });
      if (disk === "lost") await pod.coordinator.forget(site);
      return reached(site, result);
    }
    case "restart":
      return restart(lab, pod, verb.site);
    case "promote":
    case "failback":
    case "rejoin":
      record(pod, verb.do, { site: verb.site });
      return decided(await pod.coordinator[verb.do](verb.site));
    case "configure":
      return configure(lab, pod, verb);
    case "traffic": {
      const { traffic: before } = podOf(lab.state(), pod.id);
      const { ratePerSec, mix = before.mix, keys = before.keys } = verb;
      await lab.log.commit({ type: "traffic", pod: pod.id, traffic: { ratePerSec, mix, keys } });
      pod.traffic.set({ ratePerSec, mix, keys });
      return ok({ unreached: [] });
    }
    case "reset":
      return reset(pod);
    case "kick":
      await lab.kick(pod, verb.site);
      return ok({ unreached: [] });
    default:
      return unreachable(verb);
  }
}

async function runOp(pod: Pod, { session, site, op }: VerbOf<"op">, context?: "held"): Promise<Answer> {
  const opId = pod.nextOpId(session);
  if (site === "route") return ok({ unreached: [], outcome: await pod.edge.run({ opId, session, op }) });
  const { sessions } = pod.edge;
  const token = { ...sessions.of(session, op.key), ...(context && { context }) };
  const order = { do: "op", session, opId, op, token } as const;
  const reply = await operate(pod, site, order, clientTimeoutMs);
  if (reply.came === "outcome" && reply.outcome !== null) sessions.learn(session, op, reply.outcome);
  switch (reply.came) {
    case "nobody":
      return ok({
        unreached: [site],
        outcome: unserved("fail", "SITE_DOWN", `${site} is down: no tab runs it.`),
      });
    case "nothing":
      return ok({
        unreached: [site],
        outcome: unserved("unknown", "TIMEOUT", `${site} did not answer in time.`),
      });
    case "refusal":
      return ok({ unreached: [], outcome: unserved("fail", "SITE_DOWN", reply.why) });
    case "outcome":
      return reply.outcome === null
        ? ok({ unreached: [], outcome: unserved("unknown", "TIMEOUT", `${site} gave no outcome.`) })
        : ok({ unreached: [], outcome: reply.outcome });
    default:
      return unreachable(reply);
  }
}

async function restart(lab: Lab, pod: Pod, site: SiteId): Promise<Answer> {
  const seat = seatAt(lab.state(), pod.id, site);
  if (seat === null || pod.connections.at(site) === null) return ok({ unreached: [site] });
  record(pod, "restart", { site });
  const incarnation = await lab.incarnate(seat.seatId);
  if (incarnation === null) return ok({ unreached: [site] });
  return reached(site, await operate(pod, site, { do: "restart", incarnation }));
}

async function configure(lab: Lab, pod: Pod, { cluster: patch }: VerbOf<"configure">): Promise<Answer> {
  const { sites } = podOf(lab.state(), pod.id);
  const changed = changedCluster(patch, pod.coordinator.snapshot().view.cluster, sites);
  if (!changed.ok) return refuse(changed.error);
  const refused = await pod.coordinator.configure(changed.value);
  if (refused !== null) return refuse(refused);
  record(pod, "configure", patch);
  return ok({ unreached: [] });
}

async function reset(pod: Pod): Promise<Answer> {
  const refused = await pod.coordinator.reset();
  if (refused !== null) return refuse(refused);
  record(pod, "reset", {});
  pod.resetFigures();
  return ok({ unreached: await pod.faults.clear() });
}

function record(pod: Pod, verb: string, fields: object): void {
  pod.trace.record("coordinator", { kind: "fault", verb, fields: plainJson(fields), cause: "planned" });
}

/** How a seat took an order: there was no tab, it never answered, it would not, or it did. */
type Reply =
  | { readonly came: "nobody" | "nothing" }
  | { readonly came: "refusal"; readonly why: string }
  | { readonly came: "outcome"; readonly outcome: Outcome | null };

const replySchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.nullable(outcomeSchema) }),
  z.object({ ok: z.literal(false), error: z.string().max(500) }),
]);

/** Makes a seat do something and waits for its word that it is done. */
async function operate(pod: Pod, site: SiteId, order: Operate, extraMs = 0): Promise<Reply> {
  const socket = pod.connections.at(site)?.sockets.control;
  if (socket === undefined) return { came: "nobody" };
  const raw: unknown = await socket
    .timeout(confirmWithinMs + extraMs)
    .emitWithAck("operate", order)
    .catch(() => null);
  const reply = replySchema.safeParse(raw);
  if (!reply.success) return { came: "nothing" };
  return reply.data.ok
    ? { came: "outcome", outcome: reply.data.value }
    : { came: "refusal", why: reply.data.error };
}

function reached(site: SiteId, reply: Reply): Answer {
  if (reply.came === "refusal") return refuse(reply.why);
  return ok({ unreached: reply.came === "outcome" ? [] : [site] });
}

function decided(refused: string | null): Answer {
  return refused === null ? ok({ unreached: [] }) : refuse(refused);
}

function refuse(why: string): { readonly ok: false; readonly error: ApiError } {
  return err(apiError("BAD_REQUEST", why));
}
