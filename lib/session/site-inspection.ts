import type { EngineSnapshot } from "../engine/types";
import { besideOf } from "../history/final-keys";
import { jsonBytes } from "../kernel/json-bytes";
import type { SiteInspection } from "../protocol/lab/wire";
import { limits } from "../protocol/limits";
import type { FinalState } from "../protocol/report";

/** What the site holds, for the lab's report; null while it is down, and where it does not fit one frame. */
export function inspectionOf(engine: EngineSnapshot | null): SiteInspection {
  if (engine === null) return null;
  const { role, epoch, position, keys } = engine;
  const values = Object.entries(keys).map(([key, { value }]) => [key, value] as const);
  const versions = Object.entries(keys).map(([key, { version }]) => [key, version] as const);
  const state = { role, epoch, position, keys: Object.fromEntries(values) as FinalState["keys"] };
  const inspection = { state, versions: Object.fromEntries(versions), beside: besideOf(keys) };
  return jsonBytes(inspection) <= limits.frameBytes ? inspection : null;
}
