import { expect, test } from "vitest";
import { createEngine } from "@/lib/engine/engine";
import type { EngineInput, JournalRecord } from "@/lib/engine/types";
import type { OpId, SessionId, SiteId } from "@/lib/protocol/ids";
import type { View } from "@/lib/protocol/view";
import { resolveCluster } from "@/lib/scenario/cluster";
import { presets } from "@/lib/scenario/presets/all";
import { journalRecordSchema } from "@/lib/session/journal-schema";

const me = "mumbai" as SiteId;

/** Everything that a lone site writes to its disk under a preset, from its first view to its first writes. */
function writtenUnder(preset: string): readonly JournalRecord[] {
  const cluster = resolveCluster({ preset });
  if (!cluster.ok) throw new Error(cluster.error.expected);
  const engine = createEngine({ site: me, index: 0, incarnation: 1 });
  const written: JournalRecord[] = [];
  const now = { mono: 0, wall: 0 };
  const step = (input: EngineInput) => {
    for (const output of engine.step(input)) {
      if (output.type !== "persist") continue;
      written.push(...output.records);
      step({ type: "persisted", seq: output.seq, now });
    }
  };
  const numbers = { number: 1, epoch: 1, generation: 1 };
  const view: View = {
    ...numbers,
    ...{
      primary: me,
      members: [me],
      cluster: cluster.value,
      seed: null,
      phase: "serving",
      change: null,
      reason: "It begins.",
    },
  };
  step({ type: "start", journal: [], now });
  step({ type: "coordination", message: { type: "view", view }, now });
  const op = { f: "put", key: "x", value: "A" } as const;
  const opId = "alice:1" as OpId;
  step({ type: "client", opId, session: "alice" as SessionId, op, deadlineMs: 5_000, now });
  return written;
}

test("what a site writes to its disk it reads back whole, whatever the preset: votes are not forgotten", () => {
  for (const { name } of presets) {
    const written = writtenUnder(name);
    expect(written.length, name).toBeGreaterThan(0);
    for (const record of written) {
      const onDisk: unknown = structuredClone(record);
      expect(journalRecordSchema.parse(onDisk), name).toEqual(record);
    }
  }
  const isDecided = (record: JournalRecord) => record.type === "meta" && record.meta.decided !== undefined;
  expect(writtenUnder("redis-sentinel").some(isDecided)).toBe(true);
});
