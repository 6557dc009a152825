import type { ClusterPatch, Mode } from "../../protocol/cluster";

/** A parameter of the real system beside what stands for it in class. */
export type RealParameter = { readonly name: string; readonly real: string; readonly classroom: string };

/** A real system as a row of axes. Everything left out has the plain default of its mode. */
export type Preset = {
  readonly name: string;
  readonly title: string;
  readonly paragraph: string;
  /** How many sites a pod has when nobody says. */
  readonly sites: number;
  readonly cluster: Omit<ClusterPatch, "preset"> & { readonly mode: Mode };
  readonly realParameters: readonly RealParameter[];
  /** What the real system has and the lab has not: one sentence each. */
  readonly leavesOut: readonly string[];
  /** Where the real values were read: documentation and source, by their titles. */
  readonly sources: readonly string[];
};
