import type { TraceEvent } from "../protocol/trace";
import { createFailoverWatch, type Failover } from "./failover-count";
import { siteOf } from "./outcomes";

/** A failover, and whether the site it deposed had really gone. */
export type JudgedFailover = Failover & { readonly isFalse: boolean };

/** Every failover; one is false when the fault log knows of no crash of the old primary (A14). */
export function failoversOf(events: readonly TraceEvent[]): readonly JudgedFailover[] {
  const watch = createFailoverWatch();
  const down = new Set<string>();
  const found: JudgedFailover[] = [];
  for (const event of events) {
    if (event.kind === "view") {
      const failover = watch.view(event);
      if (failover !== null) found.push({ ...failover, isFalse: !down.has(failover.from) });
    } else if (event.kind === "fault") {
      const site = siteOf(event.fields) ?? "";
      if (event.verb === "promote") watch.promoted(site);
      else if (event.verb === "crash") down.add(site);
      else if (event.verb === "restart") down.delete(site);
    }
  }
  return found;
}
