import fc from "fast-check";
import { expect, test } from "vitest";
import type { OpId, SessionId } from "@/lib/protocol/ids";
import type { Outcome } from "@/lib/protocol/operation";
import { comparePositions } from "@/lib/protocol/position";
import { createSessionTokens } from "@/lib/protocol/session-token";
import { createWorld, site, type World } from "../unit/engine/world";

const names = ["mumbai", "pune", "delhi", "lagos"] as const;
type Name = (typeof names)[number];
type Step =
  | { readonly do: "read" | "write" | "crash" | "restart" | "slow" | "promote"; readonly at: Name }
  | { readonly do: "cut" | "mend"; readonly a: Name; readonly b: Name }
  | { readonly do: "deliver" | "drop"; readonly pick: number }
  | { readonly do: "wait"; readonly ms: number };

const at = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "write" as const), at }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("deliver" as const), pick: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drop" as const), pick: fc.nat(30) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 2500 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("crash" as const, "restart" as const, "slow" as const, "promote" as const),
      at,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "mend" as const), a: at, b: at }),
  },
);

/** One session that goes where it likes, one operation at a time, on a pod with a tree and asynchronous copies. */
function roam(readFrom: "token" | "local", steps: readonly Step[]) {
  const world = createWorld(names, { readFrom, upstream: { [site("lagos")]: site("delhi") } });
  const tokens = createSessionTokens(world.mono);
  let open: { readonly id: OpId; readonly kind: "read" | "write" } | null = null;
  let written = 0;
  /** The farthest counter value that the session has been shown, since it last had to start again. */
  let seen = 0;
  const wrong: string[] = [];
  let reads = 0;

  function look(): void {
    const outcome = open === null ? null : world.outcome(open.id);
    if (open === null || outcome === null) return;
    const op =
      open.kind === "read"
        ? ({ f: "get", key: "n" } as const)
        : ({ f: "increment", key: "n", by: 1 } as const);
    if (outcome.status === "ok") judge(op.f, outcome);
    else if (outcome.error === "SESSION_LOST") seen = 0;
    tokens.learn("c" satisfies string as SessionId, op, outcome);
    open = null;
  }

  function judge(f: "get" | "increment", outcome: Extract<Outcome, { status: "ok" }>): void {
    const value = Number(outcome.value ?? 0);
    const { position } = tokens.of("c");
    // A write goes on from whatever survived; from there on the session has seen that history.
    const isOtherHistory = position !== null && outcome.epoch > position.epoch && f === "increment";
    if (f === "get") {
      reads += 1;
      if (value < seen) wrong.push(`read ${value} at ${outcome.servedBy} after ${seen}`);
    }
    if (outcome.position !== undefined && position !== null && f === "get" && readFrom === "token") {
      expect(comparePositions(outcome.position, position)).toBeGreaterThanOrEqual(0);
    }
    seen = isOtherHistory ? value : Math.max(seen, value);
  }

  world.settle();
  for (const one of steps) {
    perform(world, one);
    look();
  }
  function perform(on: World, one: Step): void {
    switch (one.do) {
      case "read":
      case "write": {
        if (open !== null || on.host(one.at).engine === null) return;
        written += 1;
        const op =
          one.do === "read"
            ? ({ f: "get", key: "n" } as const)
            : ({ f: "increment", key: "n", by: 1 } as const);
        const id = on.client(one.at, op, `c:${written}`, 2000, tokens.of("c"));
        open = { id, kind: one.do };
        return;
      }
      case "deliver":
        if (on.coordination.length > 0) on.deliverCoordination();
        for (const { name } of on.hosts()) on.flush(name);
        on.deliver(one.pick % Math.max(1, on.network.length));
        return;
      case "drop":
        on.network.splice(one.pick % Math.max(1, on.network.length), 1);
        return;
      case "wait":
        on.advance(one.ms);
        return;
      case "slow":
        on.host(one.at).diskSlow = !on.host(one.at).diskSlow;
        return;
      case "crash":
        if (on.host(one.at).engine === null) return;
        on.crash(one.at);
        // A client whose site crashed gets no answer, and goes on elsewhere.
        open = null;
        return;
      case "restart":
        if (on.host(one.at).engine === null) on.restart(one.at);
        return;
      case "promote": {
        const isOver = on.mono() - on.lastGrantMono() >= on.view().cluster.detector.timeoutMs;
        if (isOver && on.host(one.at).engine !== null) on.change({ primary: site(one.at) });
        return;
      }
      default:
        if (one.a === one.b) return;
        if (one.do === "cut") on.cut(one.a, one.b);
        else on.mend(one.a, one.b);
    }
  }
  return { wrong, reads };
}

const runs = fc.array(step, { minLength: 20, maxLength: 120 });

test("[E75] [E76] a roaming session with a token never reads less than it wrote or read before, unless it is told so", () => {
  let reads = 0;
  fc.assert(
    fc.property(runs, (steps) => {
      const run = roam("token", steps);
      reads += run.reads;
      expect(run.wrong).toEqual([]);
    }),
    { numRuns: 300, seed: 5 },
  );
  expect(reads, "the property was about something").toBeGreaterThan(300);
});

test("without a token the same sessions do go back in time", () => {
  const violations = fc
    .sample(runs, { numRuns: 300, seed: 5 })
    .filter((steps) => roam("local", steps).wrong.length > 0);
  expect(violations.length).toBeGreaterThan(3);
});
