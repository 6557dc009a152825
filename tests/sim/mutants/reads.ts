import type { EngineInput } from "../../../lib/engine/types";
import type { Outcome } from "../../../lib/protocol/operation";
import type { Machines } from "../../../lib/sim/pod";
import { sites } from "./plant";

type Client = Extract<EngineInput, { type: "client" }>;
type Success = Extract<Outcome, { status: "ok" }>;

/**
 * Sites that answer some reads from memory. `stale` is asked at every read that succeeds; what it gives is
 * answered, by what was read of that key before, oldest first, this time included.
 */
export function remembering(stale: (past: readonly Success[], request: Client) => Success): Machines {
  return sites((engine) => {
    const reads = new Map<string, Client>();
    const past = new Map<string, Success[]>();
    return (input) => {
      if (input.type === "client" && input.op.f === "get") reads.set(input.opId, input);
      return engine.step(input).map((output) => {
        if (output.type !== "reply" || output.outcome.status !== "ok") return output;
        const request = reads.get(output.opId);
        if (request === undefined) return output;
        const known = past.get(request.op.key) ?? [];
        known.push(output.outcome);
        past.set(request.op.key, known);
        return { ...output, outcome: stale(known, request) };
      });
    };
  });
}
