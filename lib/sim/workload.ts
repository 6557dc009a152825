import { type Random, randomStream } from "../kernel/random";
import type { Operation } from "../protocol/operation";
import type { Plan } from "../scenario/plan";
import type { Traffic } from "../scenario/schema";
import type { Clients } from "./clients";
import type { Schedule } from "./schedule";

/** Open loop: each row of traffic issues one operation every `everyMs`, whatever the last one did. */
export function startTraffic(plan: Plan, schedule: Schedule, clients: Clients): void {
  for (const [i, traffic] of plan.traffic.entries()) {
    const random = randomStream(plan.seed, `traffic#${i}`);
    const untilMs = Math.min(traffic.toMs ?? plan.durationMs, plan.durationMs);
    const issue = (atMs: number) => {
      if (atMs >= untilMs) return;
      schedule.after(atMs - schedule.nowMs(), () => {
        clients.invoke(traffic.session, traffic.site, (n) => draw(traffic, n, random));
        issue(atMs + traffic.everyMs);
      });
    };
    issue(traffic.fromMs);
  }
}

/** One operation of the mix. Values are unique: `c1-17` is written by the 17th operation of `c1`. */
function draw(traffic: Traffic, n: number, random: Random): Operation {
  const shares = Object.entries(traffic.mix).map(([f, share]) => ({ f: f as keyof Traffic["mix"], share }));
  const total = shares.reduce((sum, { share }) => sum + (share ?? 0), 0);
  let left = random.unit() * total;
  const key = traffic.keys[random.below(traffic.keys.length)] ?? "";
  const chosen = shares.find(({ share }) => {
    left -= share ?? 0;
    return left < 0;
  });
  return operationOf(chosen?.f ?? "get", key, `${traffic.session}-${n}`);
}

function operationOf(f: keyof Traffic["mix"], key: string, value: string): Operation {
  switch (f) {
    case "put":
    case "add":
      return { f, key, value };
    case "increment":
      return { f, key, by: 1 };
    case "patch":
      return { f, key, field: "field", value };
    case "get":
    case "delete":
      return { f, key };
  }
}
