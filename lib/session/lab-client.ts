import * as z from "zod/mini";
import { err } from "../kernel/result";
import { podIdSchema, siteIdSchema } from "../protocol/ids";
import { labPictureSchema } from "../protocol/lab/picture";
import {
  type ApiError,
  type LabClientEvents,
  type LabServerEvents,
  type SocketAuth,
  socketAuthSchema,
} from "../protocol/lab/wire";
import { outcomeSchema } from "../protocol/operation";
import { type TraceEvent, traceEventSchema } from "../protocol/trace";
import { apiErrorSchema, isPassing } from "./claim";
import { createFrameStore } from "./frame-store";
import { checked, openManager, openPlane, refusalOf } from "./plane";
import type { LabClient, LabView } from "./view-model";

const timelineKept = 500;
/** The server answers within 2 s; this is when its silence is called one. */
const commandMs = 5_000;
const timelineSchema = z.object({
  pod: podIdSchema,
  events: z.array(traceEventSchema).check(z.maxLength(500)),
});
const commandDoneSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    value: z.object({
      tookMs: z.number(),
      unreached: z.array(siteIdSchema),
      outcome: z.optional(outcomeSchema),
    }),
  }),
  z.object({ ok: z.literal(false), error: apiErrorSchema }),
]);
const away: ApiError = { code: "UNAVAILABLE", message: "The lab server is away; nothing was done." };

/** What the console (with the lab's key) or the screen (without) holds of a lab. Create one per page. */
export function createLabClient(options: { readonly code: string; readonly key?: string }): LabClient {
  let view: LabView = { phase: "connecting" };
  let timeline: Readonly<Record<string, readonly TraceEvent[]>> = {};
  const store = createFrameStore<LabView>(() => view);
  const auth = authOf(options);
  const control = openPlane<LabServerEvents, LabClientEvents>(openManager(), "control", () => auth);

  function become(next: LabView): void {
    view = next;
    store.touch();
  }

  function close(last: LabView): void {
    control.disconnect();
    become(last);
  }

  function told({ pod, events }: z.infer<typeof timelineSchema>): void {
    timeline = { ...timeline, [pod]: withEvents(timeline[pod] ?? [], events) };
    if (view.phase === "open") become({ ...view, timeline });
  }

  control.on("connect", () => {
    if (view.phase === "open") become({ ...view, server: "connected" });
  });
  control.on("disconnect", () => {
    if (view.phase === "open") become({ ...view, server: "away" });
  });
  control.on("connect_error", (error) => {
    const refusal = refusalOf(error);
    if (refusal === null || isPassing(refusal)) return;
    const ended = view.phase === "open" && refusal.code === "LAB_NOT_FOUND";
    close(ended ? { phase: "over", why: "lab-ended" } : { phase: "refused", error: refusal });
  });
  control.on("picture", (value: unknown) =>
    checked(labPictureSchema, value, ignore, (picture) =>
      become({ phase: "open", server: "connected", picture, timeline }),
    ),
  );
  control.on("timeline", (value: unknown) => checked(timelineSchema, value, ignore, told));
  control.on("over", () => close({ phase: "over", why: "lab-ended" }));
  control.connect();

  return {
    store,
    command: async (verb, fields) => {
      if (!control.connected) return err(away);
      const body = { ...fields, do: verb };
      const answer: unknown = await control
        .timeout(commandMs)
        .emitWithAck("command", body)
        .catch(() => err(away));
      const done = commandDoneSchema.safeParse(answer);
      if (!done.success) return err({ code: "UNAVAILABLE", message: "The server's answer makes no sense." });
      if (!done.data.ok) return err(done.data.error);
      const { outcome, ...rest } = done.data.value;
      return { ok: true, ...rest, ...(outcome === undefined ? {} : { outcome }) };
    },
    close: () => {
      control.disconnect();
      store.close();
    },
  };
}

/**
 * Adds what is new, in the order of time: tabs tell their events in batches, and the server tells
 * everything recent again whenever this page connects.
 */
function withEvents(old: readonly TraceEvent[], events: readonly TraceEvent[]): readonly TraceEvent[] {
  const known = new Set(old.map(eventName));
  const fresh = events.filter((event) => !known.has(eventName(event)));
  if (fresh.length === 0) return old;
  return [...old, ...fresh].sort((a, b) => a.atMs - b.atMs).slice(-timelineKept);
}

function eventName({ site, e, atMs }: TraceEvent): string {
  return `${site}:${e}:${atMs}`;
}

/** A page of a future version may be told more than this one knows; what it does not know it leaves. */
function ignore(): void {}

function authOf({ code, key }: { readonly code: string; readonly key?: string }): SocketAuth {
  const proof = key === undefined ? { as: "screen", code } : { as: "console", code, key };
  const known = socketAuthSchema.safeParse(proof);
  // The server refuses what is not well formed in the same words as what is wrong.
  return known.success ? known.data : (proof as SocketAuth);
}
