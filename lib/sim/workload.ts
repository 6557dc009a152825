import { unreachable } from "../kernel/assert";
import { type Random, randomStream } from "../kernel/random";
import type { Operation } from "../protocol/operation";
import type { Plan } from "../scenario/plan";
import type { Traffic } from "../scenario/schema";
import type { Clients } from "./clients";
import type { Schedule } from "./schedule";

type Kind = keyof Traffic["mix"];

/** Open loop: each row of traffic issues one operation every `everyMs`, whatever the last one did. */
export function startTraffic(plan: Plan, schedule: Schedule, clients: Pick<Clients, "invoke">): void {
  for (const [i, traffic] of plan.traffic.entries()) {
    const next = generator(traffic, randomStream(plan.seed, `traffic#${i}`));
    const untilMs = Math.min(traffic.toMs ?? plan.durationMs, plan.durationMs);
    const issue = (atMs: number) => {
      if (atMs >= untilMs) return;
      schedule.after(atMs - schedule.nowMs(), () => {
        clients.invoke(traffic.session, traffic.site, next);
        issue(atMs + traffic.everyMs);
      });
    };
    issue(traffic.fromMs);
  }
}

/** Draws operations of the mix. Values are unique: `c1-17` is written by the 17th operation of `c1`. */
function generator(traffic: Traffic, random: Random): (n: number) => Operation {
  const shares = Object.entries(traffic.mix).flatMap(([f, share = 0]) => [{ f: f as Kind, share }]);
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  /** What this row last wrote to each key: what its `cas` expects and its `remove` removes. */
  const last = new Map<string, string>();
  return (n) => {
    let left = random.unit() * total;
    const chosen = shares.find(({ share }) => {
      left -= share;
      return left < 0;
    });
    const key = traffic.keys[random.below(traffic.keys.length)] ?? "";
    const value = `${traffic.session}-${n}`;
    const op = operationOf(chosen?.f ?? "get", key, { n, value, last: last.get(key) ?? null });
    if (op.f === "put" || op.f === "cas" || op.f === "add") last.set(key, value);
    return op;
  };
}

/** A record has so many fields, patched in turn: writes to two of them may meet, and writes to the same. */
const fields = 3;

type Drawn = { readonly n: number; readonly value: string; readonly last: string | null };

function operationOf(f: Kind, key: string, { n, value, last }: Drawn): Operation {
  switch (f) {
    case "put":
    case "add":
      return { f, key, value };
    case "remove":
      return { f, key, value: last };
    case "cas":
      return { f, key, from: last, to: value };
    case "increment":
      return { f, key, by: 1 };
    case "patch":
      return { f, key, field: `field ${n % fields}`, value };
    case "insert":
      return { f, key, at: 0, text: value };
    case "erase":
      return { f, key, at: 0, length: 1 };
    case "get":
    case "delete":
      return { f, key };
    default:
      return unreachable(f);
  }
}
