import { activeActive } from "./active-active";
import { activePassive } from "./active-passive";
import { clientAnomalies } from "./anomalies-clients";
import { deletionAnomalies } from "./anomalies-deletion";
import { failoverAnomalies } from "./anomalies-failover";
import { mergingAnomalies } from "./anomalies-merging";
import { quorumAnomalies } from "./anomalies-quorum";
import { readAnomalies } from "./anomalies-reads";
import type { BundledScenario } from "./bundled-scenario";
import { changes } from "./changes";
import { mergeRuleExamples } from "./merge-rules";
import { consensusCells } from "./smallest-consensus";
import { manyWriterCells } from "./smallest-many-writers";
import { oneWriterCells } from "./smallest-one-writer";
import { quorumCells } from "./smallest-quorum";

/** Found and shrunk by machine, one for each property that a kind of cluster does not promise. */
const smallestScenarios: readonly BundledScenario[] = [
  ...oneWriterCells,
  ...consensusCells,
  ...manyWriterCells,
  ...quorumCells,
];

/** Every scenario that ships with the lab. */
export const bundledScenarios: readonly BundledScenario[] = [
  ...activePassive,
  ...activeActive,
  ...changes,
  ...failoverAnomalies,
  ...readAnomalies,
  ...clientAnomalies,
  ...mergingAnomalies,
  ...mergeRuleExamples,
  ...quorumAnomalies,
  ...deletionAnomalies,
  ...smallestScenarios,
];

/** Finds a bundled scenario by its id, or by the name people see. */
export function scenarioNamed(name: string): BundledScenario | undefined {
  return bundledScenarios.find(({ id, scenario }) => id === name || scenario.name === name);
}
