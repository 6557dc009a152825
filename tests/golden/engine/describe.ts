import type { EngineOutput } from "@/lib/engine/types";
import type { SiteId } from "@/lib/protocol/ids";
import type { Outcome } from "@/lib/protocol/operation";
import type { Position } from "@/lib/protocol/position";
import type { SiteMessage } from "@/lib/protocol/site/message";
import type { Sent } from "../../unit/engine/world";

export function place({ epoch, lsn }: Position): string {
  return `${epoch}/${lsn}`;
}

/** The line for a message on the wire; none for one write of many. */
export function describeSent({ from, to, message }: Sent): readonly string[] {
  const isOneOfMany =
    message.type === "append" && message.entries.length === 1 && message.entries[0]?.opId.startsWith("many:");
  return isOneOfMany ? [] : [`${from} > ${to} ${describeMessage(message)}`];
}

/** The lines for what an engine did, except what the wire and the disk show anyway. */
export function describeOutput(at: SiteId, output: EngineOutput): readonly string[] {
  if (output.type === "reply") {
    if (output.opId.startsWith("many:")) return [];
    return [`${at} answers ${output.opId}: ${describeOutcome(output.outcome)}`];
  }
  if (output.type === "coordinate") {
    const { message } = output;
    if (message.type === "release") return [`${at} gives its lease back at ${place(message.position)}`];
    return message.syncSet.length === 0 ? [] : [`${at} proposes the sync set ${message.syncSet.join(" ")}`];
  }
  if (output.type !== "record") return [];
  const { event } = output;
  switch (event.kind) {
    case "role":
      return [`${at} is ${event.role} of epoch ${event.epoch}: ${event.reason}`];
    case "append":
      return event.op.startsWith("many:") ? [] : [`${at} appends ${event.op} at ${place(event.position)}`];
    case "apply":
      return event.op.startsWith("many:") ? [] : [`${at} applies ${event.op} at ${place(event.position)}`];
    case "discard":
      return [`${at} discards ${event.op} at ${place(event.position)}: ${event.why}`];
    default:
      return [];
  }
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.status === "ok") {
    const seen = outcome.version === null ? "" : `, version ${outcome.version}`;
    return `ok ${JSON.stringify(outcome.value)} by ${outcome.servedBy}${seen}`;
  }
  return `${outcome.status} ${outcome.error}: ${outcome.why}`;
}

function describeMessage(message: SiteMessage): string {
  switch (message.type) {
    case "follow":
      return `follow from ${place(message.position)}`;
    case "append": {
      const ids = message.entries.map(({ opId }) => opId);
      const what = ids.length > 4 ? `${ids.length} entries` : ids.join(" ") || "nothing";
      return `append after ${place(message.prev)}: ${what}; end ${place(message.end)}`;
    }
    case "ack":
      return `ack ${place(message.flushed)}`;
    case "diverged":
      return `diverged after ${place(message.fork)}`;
    case "stale":
      return `stale: epoch ${message.epoch} has begun`;
    case "forward":
      return `forward ${message.opId}`;
    case "forward-reply":
      return `reply to ${message.opId}: ${describeOutcome(message.outcome)}`;
    case "vote-request":
      return `${message.trial ? "would you vote" : "vote"} for me in epoch ${message.epoch}? My log ends at ${place(message.end)}`;
    case "vote":
      return `${message.granted ? (message.trial ? "I would" : "yes") : "no"}, epoch ${message.epoch}`;
    case "entries": {
      const what = message.entries.map(({ write }) => write?.opId ?? "begin").join(" ") || "nothing";
      return `entries after ${place(message.prev)}: ${what}; committed ${message.committed}, round ${message.round}`;
    }
    case "entries-reply": {
      const verdict = message.agrees ? "agrees and has flushed" : "differs; perhaps equal at";
      return `${verdict} ${place(message.position)}, round ${message.round}, epoch ${message.epoch}`;
    }
    case "copy":
      return message.copy.kind === "log"
        ? `copy of ${message.copy.keys.length} keys at ${place(message.copy.position)}`
        : "copy of merged data";
    default:
      return message.type;
  }
}
