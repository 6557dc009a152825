import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { TraceHeader } from "../../lib/protocol/trace";
import type { Lab } from "../lab/lab";
import { podOf } from "../lab/state";
import type { Pod } from "../pod/pod";
import type { LabStore } from "../store/lab-store";

const eventsPerPage = 500;

/** The first line of a pod's trace. */
function traceHeader(lab: Lab, pod: Pod): TraceHeader {
  const { sites, cluster, openedAtMs } = podOf(lab.state(), pod.id);
  const startedAt = new Date(openedAtMs).toISOString();
  return {
    v: "faultline-trace/1",
    lab: lab.code,
    pod: pod.id,
    seed: null,
    config: cluster,
    sites: [...sites],
    startedAt,
  };
}

/** Streams a pod's trace as JSON lines, page by page, as fast as the reader takes it. */
export async function sendTrace(
  response: ServerResponse,
  store: LabStore,
  lab: Lab,
  pod: Pod,
): Promise<void> {
  await pod.trace.flush();
  response.writeHead(200, {
    "Content-Type": "application/x-ndjson; charset=utf-8",
    "Content-Disposition": `attachment; filename="faultline-${lab.code}-${pod.id}.jsonl"`,
    "Cache-Control": "no-store",
  });
  response.write(`${JSON.stringify(traceHeader(lab, pod))}\n`);
  let after = 0;
  while (!response.destroyed) {
    const page = await store.readTrace(lab.code, pod.id, after, eventsPerPage);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.row;
    const text = page.map(({ event }) => `${JSON.stringify(event)}\n`).join("");
    if (!response.write(text)) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  response.end();
}
