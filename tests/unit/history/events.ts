import type { NodeId } from "../../../lib/protocol/ids";
import type { TraceBody, TraceEvent } from "../../../lib/protocol/trace";

export type Line = readonly [atMs: number, site: string, body: object];

/** A trace written by hand: events in order, numbered as a recorder would. */
export function traceOf(...lines: readonly Line[]): readonly TraceEvent[] {
  const counts = new Map<string, number>();
  return lines.map(([atMs, site, body]) => {
    const e = (counts.get(site) ?? 0) + 1;
    counts.set(site, e);
    const stamp = { site: site as NodeId, e, vc: { [site]: e }, atMs, errMs: 0, wallMs: atMs };
    return { ...stamp, hlc: [atMs, 0], ...(body as TraceBody) };
  });
}

const call = (id: string, f: string, key: string) => ({ id, session: id.split(":")[0], f, key, arg: id });

export const invoke = (id: string, f = "put", key = "x") => ({ kind: "invoke", ...call(id, f, key) });
export const done = (
  id: string,
  servedBy: string,
  epoch = 1,
  f = "put",
  key = "x",
  version: string | null = id,
) => ({
  kind: "ok",
  ...call(id, f, key),
  ...{ value: null, version, servedBy, epoch },
});
export const notDone = (kind: "fail" | "unknown", id: string, error: string, f = "put", key = "x") => ({
  kind,
  ...call(id, f, key),
  ...{ error, why: error, value: null, servedBy: null, epoch: 0 },
});
export const arrival = (
  kind: "append" | "apply",
  op: string,
  shadow: Record<string, number>,
  over: string | null,
  shows: string = op,
  f = "put",
  epoch = 1,
) => ({
  kind,
  ...{ op, key: "x", position: { epoch, lsn: 1 }, shadow, f, arg: op, wallMs: 0, epoch, over, shows },
});
export const discard = (op: string) => ({
  kind: "discard",
  ...{ op, key: "x", position: { epoch: 1, lsn: 1 }, why: "rewound" },
});
export const view = (primary: string | null, epoch: number, mode = "active-passive", merge = "lww") => ({
  kind: "view",
  ...{ number: epoch, epoch, primary, members: [], mode, merge, phase: "serving", reason: "" },
});
export const fault = (verb: string, fields: object = {}) => ({
  kind: "fault",
  verb,
  fields,
  cause: "planned",
});
export const detect = (target: string, state: string) => ({ kind: "detect", target, state, evidence: "" });
export const role = (name: string, epoch: number) => ({ kind: "role", role: name, epoch, reason: "" });
