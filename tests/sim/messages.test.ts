import { expect, test } from "vitest";
import type * as z from "zod/mini";
import { canonicalJson } from "../../lib/kernel/json";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import { coordinatorToSiteSchema, siteToCoordinatorSchema } from "../../lib/protocol/coordination/message";
import type { NodeId } from "../../lib/protocol/ids";
import { siteMessageSchema } from "../../lib/protocol/site/message";
import { runPlan } from "../../lib/sim/run";
import { swarmPlan } from "./swarm";

const clusters: readonly ClusterPatch[] = [
  { preset: "postgres-sync" },
  { preset: "postgres-async", writeAt: "redirect" },
  { mode: "active-active", merge: "crdt" },
];

function schemaOf(from: NodeId, to: NodeId): z.ZodMiniType | null {
  if (from === "edge" || to === "edge") return null;
  if (from === "coordinator") return coordinatorToSiteSchema;
  return to === "coordinator" ? siteToCoordinatorSchema : siteMessageSchema;
}

/** A live tab refuses what its schema refuses, and drops members that the schema does not name. */
test.each(clusters)("everything that %o sends passes the wire's schemas unchanged", (cluster) => {
  let checked = 0;
  for (const seed of [1, 2, 3, 4]) {
    const inspect = (from: NodeId, to: NodeId, message: unknown) => {
      const sent = JSON.parse(JSON.stringify(message));
      const parsed = schemaOf(from, to)?.parse(sent);
      if (parsed === undefined) return;
      checked += 1;
      if (canonicalJson(parsed) !== canonicalJson(sent)) expect(parsed).toEqual(sent);
    };
    runPlan(swarmPlan(seed, cluster, ["crash", "lost-disk", "partition", "weather"]), { inspect });
  }
  expect(checked).toBeGreaterThan(1000);
});
