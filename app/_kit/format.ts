import type { Json } from "@/lib/kernel/json";
import type { Operation } from "@/lib/protocol/operation";

/** "12.3 s", "4:07" above a minute. */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.floor(ms / 1000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Position in a lab's time as minutes and seconds. */
export function clockTime(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A value as people write it: text without quotes, everything else as JSON. */
function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** At most `chars` characters of a value, so that a 16 KB one does not fill a page. */
export function shortValue(value: Json | undefined, chars = 80): string {
  const text = valueText(value);
  return text.length > chars ? `${text.slice(0, chars - 1)}…` : text;
}

/** What a person typed as a value: JSON where it is JSON, else text as it stands. */
export function parseValue(text: string): Json {
  const looksLikeJson = /^\s*(-?\d|true\s*$|false\s*$|null\s*$|[[{"])/.test(text);
  if (!looksLikeJson) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** An operation as a line of the log: `put x = 5`. */
export function operationText(op: Operation): string {
  switch (op.f) {
    case "put":
      return `put ${op.key} = ${shortValue(op.value)}`;
    case "get":
    case "delete":
      return `${op.f} ${op.key}`;
    case "cas":
      return `cas ${op.key}: ${shortValue(op.from, 40)} → ${shortValue(op.to, 40)}`;
    case "increment":
      return `increment ${op.key} by ${op.by}`;
    case "add":
      return `add ${shortValue(op.value)} to ${op.key}`;
    case "remove":
      return `remove ${shortValue(op.value)} from ${op.key}`;
    case "patch":
      return `patch ${op.key}.${op.field} = ${shortValue(op.value)}`;
    case "insert":
      return `insert ${shortValue(op.text, 40)} at ${op.at} of ${op.key}`;
    case "reserve":
      return `reserve ${op.amount} of ${op.key}`;
    case "erase":
      return `erase ${op.length} at ${op.at} of ${op.key}`;
  }
}
