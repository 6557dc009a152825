import type { ScenarioInput } from "../schema";

/** A scenario that ships with the lab; `id` is its name on a command line. Its `expect` block holds. */
export type BundledScenario = { readonly id: string; readonly scenario: ScenarioInput };
