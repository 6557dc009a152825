import { z } from "zod";
import { err, ok, type Result } from "../../lib/kernel/result";
import { labCodeSchema, podIdSchema } from "../../lib/protocol/ids";
import { type ApiError, claimRequestSchema } from "../../lib/protocol/lab/wire";
import { limits } from "../../lib/protocol/limits";
import { problemOf } from "../../lib/scenario/problem";
import { apiError } from "../api-error";
import { planLab, sentenceOf } from "../catalogue";
import type { Config } from "../config";
import { runCommand } from "../lab/commands";
import type { Lab } from "../lab/lab";
import type { Labs } from "../lab/labs";
import type { Metrics } from "../metrics";
import type { Pod } from "../pod/pod";
import type { RateLimits } from "../rate-limits";
import { liveReport } from "../report/live-report";
import { matchesHash } from "../secrets";
import type { LabStore } from "../store/lab-store";
import { publicState } from "./public-state";
import { readJson, sendError, sendJson } from "./respond";
import type { Exchange, Route } from "./router";
import { sendTrace } from "./send-trace";
import { joinUrls, labUrls } from "./urls";

export type ApiOptions = {
  readonly config: Config;
  readonly labs: Labs;
  readonly store: LabStore;
  readonly rateLimits: RateLimits;
  readonly metrics: Metrics;
  /** Port that this server listens on, for the built-in STUN responder. */
  readonly port: number;
};

const newLabSchema = z.strictObject({
  title: z.string().trim().max(80).default(""),
  preset: z.string().max(64).optional(),
  scenario: z.string().max(128).optional(),
  sites: z.int().min(1).max(limits.sitesPerPod).optional(),
});

/** The routes of the public HTTP interface about labs (contract, section 3). */
export function labRoutes(options: ApiOptions): readonly Route[] {
  const { labs, rateLimits, store } = options;

  /** Wraps a route about one lab: an unknown code counts as a guess. */
  function withLab(handle: (lab: Lab, exchange: Exchange) => Promise<void> | void) {
    return async (exchange: Exchange) => {
      const lab = await findLab(exchange);
      if (lab.ok) await handle(lab.value, exchange);
      else sendError(exchange.response, lab.error);
    };
  }

  /** The same for what only the holder of the lab's key may do. */
  function withKey(handle: (lab: Lab, exchange: Exchange) => Promise<void> | void) {
    return withLab(async (lab, exchange) => {
      const { request, response, address } = exchange;
      const key = /^Bearer (\S{1,200})$/.exec(request.headers.authorization ?? "")?.[1];
      if (key === undefined) return sendError(response, apiError("UNAUTHORIZED"));
      if (matchesHash(key, lab.state().keyHash)) return handle(lab, exchange);
      await rateLimits.wrong(address);
      sendError(response, apiError("FORBIDDEN"));
    });
  }

  async function findLab({ address, params: { code: given } }: Exchange): Promise<Result<Lab, ApiError>> {
    if (!(await rateLimits.mayGuess(address))) return err(apiError("TOO_MANY_REQUESTS"));
    const code = labCodeSchema.safeParse(given?.toUpperCase());
    const lab = code.success ? labs.get(code.data) : null;
    if (lab !== null) return ok(lab);
    await rateLimits.wrong(address);
    return err(apiError("LAB_NOT_FOUND"));
  }

  return [
    { method: "POST", path: "/api/labs", handle: (exchange) => createLab(options, exchange) },
    {
      method: "GET",
      path: "/api/labs/:code",
      handle: withLab((lab, { request, response }) => {
        const urls = joinUrls(options.config, request.headers.host ?? "localhost", lab.code);
        sendJson(response, 200, { ...publicState(lab.picture()), joinUrls: urls });
      }),
    },
    {
      method: "DELETE",
      path: "/api/labs/:code",
      handle: withKey(async (lab, { response }) => {
        await labs.erase(lab);
        sendJson(response, 200, { ok: true });
      }),
    },
    {
      method: "POST",
      path: "/api/labs/:code/seats",
      handle: withLab((lab, each) => claim(options, lab, each)),
    },
    { method: "POST", path: "/api/labs/:code/command", handle: withKey(command) },
    {
      method: "GET",
      path: "/api/labs/:code/trace",
      handle: withKey(async (lab, { request, response }) => {
        const pod = podAsked(lab, request.url);
        if (pod.ok) await sendTrace(response, store, lab, pod.value);
        else sendError(response, pod.error);
      }),
    },
    {
      method: "GET",
      path: "/api/labs/:code/report",
      handle: withKey(async (lab, { request, response }) => {
        const pod = podAsked(lab, request.url);
        if (pod.ok) sendJson(response, 200, await liveReport(store, lab, pod.value));
        else sendError(response, pod.error);
      }),
    },
  ];
}

async function createLab(options: ApiOptions, { request, response, address }: Exchange): Promise<void> {
  const { config, labs, metrics, rateLimits } = options;
  const body = await readJson(request);
  if (!body.ok) return sendError(response, body.error);
  const wish = newLabSchema.safeParse(body.value);
  if (!wish.success) return sendError(response, apiError("BAD_REQUEST", sentenceOf(problemOf(wish.error))));
  const plan = planLab(wish.data);
  if (!plan.ok) return sendError(response, apiError("BAD_REQUEST", plan.error));
  if (!(await rateLimits.mayCreate(address))) return sendError(response, apiError("TOO_MANY_REQUESTS"));
  const title = wish.data.title || (wish.data.scenario ?? "");
  const { lab, key, replayToken } = await labs.create({ ...plan.value, title });
  metrics.count("faultline_labs_created_total");
  const urls = labUrls(config, request.headers.host ?? "localhost", lab.code, key);
  sendJson(response, 201, { code: lab.code, key, replayToken, ...urls });
}

async function claim(options: ApiOptions, lab: Lab, { request, response, address }: Exchange): Promise<void> {
  const { config, metrics, rateLimits } = options;
  if (!(await rateLimits.mayClaim(address))) return sendError(response, apiError("TOO_MANY_REQUESTS"));
  const body = await readJson(request);
  if (!body.ok) return sendError(response, body.error);
  const wish = claimRequestSchema.safeParse(body.value);
  if (!wish.success) return sendError(response, apiError("BAD_REQUEST", sentenceOf(problemOf(wish.error))));
  const claimed = await lab.claim(wish.data);
  if (!claimed.ok) return sendError(response, claimed.error);
  metrics.count("faultline_seats_claimed_total");
  const stun = { urls: `stun::${options.port}` };
  sendJson(response, 200, { ...claimed.value, iceServers: [stun, ...config.iceServers] });
}

async function command(lab: Lab, { request, response }: Exchange): Promise<void> {
  const body = await readJson(request);
  const result = body.ok ? await runCommand(lab, body.value) : body;
  if (!result.ok) return sendError(response, result.error);
  // For `op` the answer is the operation's own result, beside how the command went.
  const { outcome, ...done } = result.value;
  sendJson(response, 200, { ok: true, ...done, ...outcome });
}

/** The pod that `?pod=` names; it may be left out where there is only one. */
function podAsked(lab: Lab, url: string | undefined): Result<Pod, ApiError> {
  const asked = new URL(url ?? "/", "http://lab").searchParams.get("pod");
  const pods = lab.pods();
  const [only] = pods;
  if (asked === null && pods.length === 1 && only !== undefined) return ok(only);
  const id = podIdSchema.safeParse(asked);
  const pod = id.success ? lab.pod(id.data) : null;
  if (pod !== null) return ok(pod);
  return err(apiError("BAD_REQUEST", `pod: expected one of ${pods.map((each) => each.id).join(", ")}.`));
}
