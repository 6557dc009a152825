import type { TraceEvent } from "@/lib/protocol/trace";
import type { NameOf } from "../_site/names";
import { describeEvent, faultSentence } from "./describe";

const detected = {
  alive: "is here",
  suspect: "is suspected",
  dead: "is held to be dead",
  asleep: "is asleep",
} as const;

/**
 * An event in the few words that can be read from the last row: what happened, without why. A change
 * of primary is told once, by its view, and the roles that follow from it are not.
 */
export function briefEvent(event: TraceEvent, nameOf: NameOf): string | null {
  switch (event.kind) {
    case "view":
      if (event.primary !== null) return `${nameOf(event.primary)} is primary, epoch ${event.epoch}`;
      return event.mode === "active-active" || event.mode === "quorum"
        ? `Epoch ${event.epoch}: every site takes writes`
        : `Epoch ${event.epoch}: nobody is primary`;
    case "role":
      return event.role === "fenced" || event.role === "rebuilding"
        ? `${nameOf(event.site)} is ${event.role}`
        : null;
    case "detect":
      return `${nameOf(event.target)} ${detected[event.state]}`;
    case "discard":
      return `${nameOf(event.site)} gave up a write of ${event.key}`;
    case "fault":
      return faultSentence(event.verb, event.fields, nameOf);
    default:
      return describeEvent(event, nameOf);
  }
}
