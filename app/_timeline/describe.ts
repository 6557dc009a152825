import { unreachable } from "@/lib/kernel/assert";
import type { Json } from "@/lib/kernel/json";
import type { TraceEvent } from "@/lib/protocol/trace";
import { listWords, type NameOf } from "../_site/names";
import { inWords } from "../_site/writes";

/** One event of a pod's story as a sentence; null for the kinds that are told elsewhere. */
export function describeEvent(event: TraceEvent, nameOf: NameOf): string | null {
  const site = nameOf(event.site);
  switch (event.kind) {
    case "role":
      return `${site} is ${event.role} in epoch ${event.epoch}: ${event.reason}`;
    case "view":
      return event.primary === null
        ? `View ${event.number}, epoch ${event.epoch}: ${event.reason}`
        : `View ${event.number}, epoch ${event.epoch}, ${nameOf(event.primary)} is primary: ${event.reason}`;
    case "detect":
      return `${nameOf(event.target)} is ${detected[event.state]}: ${event.evidence}`;
    case "fault":
      return `${faultSentence(event.verb, event.fields, nameOf)}${causes[event.cause]}`;
    case "discard":
      return `${site} gave up ${inWords(event.op, nameOf)} (key ${event.key}): ${inWords(event.why, nameOf)}`;
    case "note":
      return event.text;
    case "invoke":
    case "ok":
    case "fail":
    case "unknown":
    case "send":
    case "recv":
    case "drop":
    case "duplicate":
    case "append":
    case "apply":
    case "persist":
      return null;
    default:
      return unreachable(event);
  }
}

const causes = { planned: "", accident: " (an accident)", reaction: " (switched off from outside)" } as const;

const detected = {
  alive: "heard from",
  suspect: "suspected",
  dead: "held to be dead",
  asleep: "asleep",
} as const;

type Fields = { readonly [key: string]: Json };

/** What was done, as a sentence. Fields come from a trace and may be anything. */
export function faultSentence(verb: string, raw: Json, nameOf: NameOf): string {
  const fields: Fields =
    typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as Fields) : {};
  const name = (field: string) => nameOf(String(fields[field] ?? "?"));
  const pair = () => `${name("from")} ${fields.oneWay === true ? "→" : "↔"} ${name("to")}`;
  const sentences: Readonly<Record<string, () => string>> = {
    crash: () =>
      `${name("site")} crashed${fields.disk === "lost" ? " and lost its disk" : ", its disk is kept"}`,
    restart: () => `${name("site")} starts again`,
    pause: () => `${name("site")} is paused`,
    resume: () => `${name("site")} goes on`,
    partition: () => `The network is partitioned: ${groupWords(fields.groups, nameOf)}`,
    cut: () => `Cut: ${pair()}`,
    mend: () => `Mended: ${pair()}`,
    pull: () => `Cable pulled: ${pair()}`,
    plug: () => `Cable plugged in: ${pair()}`,
    isolate: () => `${name("site")} is cut off from everything`,
    heal: () => "The network is healed",
    link: () => `${pair()}: ${conditionWords(fields)}`,
    clock: () => `The clock of ${name("site")} ${clockWords(fields)}`,
    disk: () => `The disk of ${name("site")} ${diskWords(fields.delayMs)}`,
    apply: () => `${name("site")} ${applyWords(fields.opsPerSec)}`,
    promote: () => `${name("site")} is to be primary, by hand`,
    failback: () => `${name("site")} is to be primary again, by hand`,
    rejoin: () => `${name("site")} is let back in, by hand`,
    configure: () => configureWords(fields),
    reset: () => "All data and faults are reset",
  };
  return sentences[verb]?.() ?? `${verb} ${"site" in fields ? name("site") : ""}`.trim();
}

function groupWords(groups: Json | undefined, nameOf: NameOf): string {
  if (!Array.isArray(groups)) return "in groups";
  const sides = groups.map((group) =>
    Array.isArray(group) ? listWords(group.map((node) => nameOf(String(node)))) : String(group),
  );
  return sides.length === 1 ? `${sides[0]} | everybody else` : sides.join(" | ");
}

function conditionWords(fields: Fields): string {
  const parts = [
    typeof fields.delayMs === "number" && `${fields.delayMs} ms slower`,
    typeof fields.jitterMs === "number" && `± ${fields.jitterMs} ms`,
    typeof fields.lossPct === "number" && `${fields.lossPct} % lost`,
    typeof fields.duplicatePct === "number" && `${fields.duplicatePct} % doubled`,
    typeof fields.reorderPct === "number" && `${fields.reorderPct} % out of order`,
    typeof fields.bandwidthOps === "number" && `at most ${fields.bandwidthOps} messages a second`,
  ].filter((part) => typeof part === "string");
  return parts.length === 0 ? "as before" : parts.join(", ");
}

function clockWords(fields: Fields): string {
  const skew = fields.skewMs;
  if (typeof skew === "number") return skew === 0 ? "is right again" : `${secondsWords(skew)} from now on`;
  const jump = fields.jumpMs;
  return typeof jump === "number" ? `jumped, ${secondsWords(jump)}` : "drifts";
}

function diskWords(delayMs: Json | undefined): string {
  return typeof delayMs === "number" && delayMs > 0
    ? `takes ${delayMs} ms a write`
    : "has its own pace again";
}

function applyWords(opsPerSec: Json | undefined): string {
  return typeof opsPerSec === "number"
    ? `applies at most ${opsPerSec} writes a second`
    : "applies at its own pace again";
}

/** A preset by its name, else the axes that were changed: the view that follows says what comes of it. */
function configureWords({ preset, ...axes }: Fields): string {
  const changed = listWords(Object.entries(axes).map(([axis, value]) => axisWords(axis, value)));
  if (typeof preset !== "string") return `The cluster is reconfigured: ${changed}`;
  return `The cluster is reconfigured to work like ${preset}${changed === "" ? "" : `, but for ${changed}`}`;
}

/** `merge: siblings`; of what has parts of its own, the name alone. */
function axisWords(axis: string, value: Json): string {
  return typeof value === "object" ? axis : `${axis}: ${value}`;
}

/** "is 2 s ahead", "is 0.5 s behind". */
function secondsWords(ms: number): string {
  return `is ${Math.abs(ms) / 1000} s ${ms < 0 ? "behind" : "ahead"}`;
}
