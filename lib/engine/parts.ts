import type { Cluster, Mode as ClusterMode } from "../protocol/cluster";
import { isCertified } from "../protocol/deciders";
import type { Copy } from "../protocol/site/message";
import type { Part } from "./deciding/decider";
import type { SelfDoubt } from "./deciding/self-doubt";
import type { Mode } from "./mode";
import type { Shell } from "./shell";
import type { Site } from "./site";
import type { JournalRecord } from "./types";

/** How a site replicates, by the kind of data it keeps. */
export type ModeKind = Copy["kind"];
/** How sites settle who is primary, or watch each other, among themselves. */
export type DeciderKind = "votes" | "peer" | "swim";

/**
 * What an engine is put together from. A page loads only the parts that its cluster needs; whoever
 * drives an engine sees to it that they are there before the view or the journal that asks for them.
 */
export type Parts = {
  /** `log` is what every engine begins with. */
  readonly modes: { readonly [Kind in ModeKind]?: (site: Site) => Mode };
  readonly deciders: { readonly [Kind in DeciderKind]?: (shell: Shell, doubt: SelfDoubt) => Part };
};
export type PartsNeeded = { readonly modes: readonly ModeKind[]; readonly deciders: readonly DeciderKind[] };

const modeKinds: Readonly<Record<ClusterMode, ModeKind>> = {
  single: "log",
  "active-passive": "log",
  consensus: "consensus",
  "active-active": "merge",
  quorum: "quorum",
};

/** The kind of data that a cluster's sites keep. */
export function modeKindOf(cluster: Cluster): ModeKind {
  return isCertified(cluster) ? "consensus" : modeKinds[cluster.mode];
}

/** What a cluster has decided or watched on its sites. */
export function deciderKindsOf({ mode, failover, detector }: Cluster): readonly DeciderKind[] {
  if (mode !== "active-passive") return mode !== "single" && detector.kind === "swim" ? ["swim"] : [];
  const decider: readonly DeciderKind[] = failover === "votes" || failover === "peer" ? [failover] : [];
  return detector.kind === "swim" ? [...decider, "swim"] : decider;
}

const mergeRecords: readonly JournalRecord["type"][] = ["op", "life", "forget", "stamps"];

/** Which kind of data a record of the journal belongs to; null for those that fit any. */
export function modeKindOfRecord(record: JournalRecord): ModeKind | null {
  if (record.type === "copy") return record.copy.kind;
  if (record.type === "ballot" || record.type === "consensus-entry") return "consensus";
  if (record.type === "quorum") return "quorum";
  if (mergeRecords.includes(record.type)) return "merge";
  return record.type === "entry" ? "log" : null;
}

/** The parts that the sites of a cluster need. */
export function partsOf(cluster: Cluster): PartsNeeded {
  return { modes: [modeKindOf(cluster)], deciders: deciderKindsOf(cluster) };
}

/** The parts that a start from this journal needs. */
export function partsOfJournal(journal: readonly JournalRecord[]): PartsNeeded {
  const held = journal.flatMap((record) => modeKindOfRecord(record) ?? []);
  const views = journal.flatMap((record) => (record.type === "meta" ? (record.meta.view ?? []) : []));
  const needs = views.map(({ cluster }) => partsOf(cluster));
  return {
    modes: [...new Set([...held, ...needs.flatMap(({ modes }) => modes)])],
    deciders: [...new Set(needs.flatMap(({ deciders }) => deciders))],
  };
}
