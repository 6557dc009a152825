import { expect, test } from "vitest";
import type { EngineSnapshot } from "../../../lib/engine/types";
import { siteInspectionSchema } from "../../../lib/protocol/lab/wire";
import { inspectionOf } from "../../../lib/session/site-inspection";

function holding(keys: Record<string, string>): EngineSnapshot {
  const entries = Object.entries(keys).map(([key, value]) => [
    key,
    { value, type: "register", version: `a:${key}` },
  ]);
  const position = { epoch: 2, lsn: 9 };
  return {
    role: "replica",
    epoch: 2,
    position,
    keys: Object.fromEntries(entries),
  } as unknown as EngineSnapshot;
}

test("a site tells its values and the write behind each, in the shape that the server checks", () => {
  const told = siteInspectionSchema.parse(inspectionOf(holding({ "1": "A", "2": "B" })));
  expect(told?.state).toMatchObject({ role: "replica", epoch: 2, keys: { "1": "A", "2": "B" } });
  expect(told?.versions).toEqual({ "1": "a:1", "2": "a:2" });
});

test("a site that is down tells nothing, nor does one whose data fits no frame", () => {
  expect(inspectionOf(null)).toBeNull();
  expect(inspectionOf(holding({ "1": "é".repeat(16_000), "2": "é".repeat(16_000) }))).toBeNull();
});
