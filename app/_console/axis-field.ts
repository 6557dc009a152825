import type { Json } from "@/lib/kernel/json";
import type { Cluster } from "@/lib/protocol/cluster";

/** One choice of an axis; the value is what `configure` takes. */
type Option = { readonly value: Json; readonly text: string };

/** One control of the form: which axis (a path within the cluster), what may be chosen, and when it matters. */
export type AxisField = {
  readonly path: string;
  readonly label: string;
  readonly choice:
    | { readonly kind: "one"; readonly options: readonly Option[] }
    | { readonly kind: "many"; readonly options: readonly Option[] }
    | { readonly kind: "number"; readonly min: number; readonly max: number };
  readonly when: (cluster: Cluster) => boolean;
  /** What the present values come to in this pod, where that is not plain. */
  readonly hint?: (cluster: Cluster, sites: number) => string | undefined;
};

export const one = (options: readonly Option[]) => ({ kind: "one", options }) as const;
export const many = (options: readonly Option[]) => ({ kind: "many", options }) as const;
export const number = (min: number, max: number) => ({ kind: "number", min, max }) as const;
