import { unreachable } from "../kernel/assert";
import type { Mode as ClusterMode } from "../protocol/cluster";
import { isCertified } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import type { Copy } from "../protocol/site/message";
import type { View } from "../protocol/view";
import { createConsensus } from "./consensus";
import { createManyWriters } from "./many-writers";
import type { Mode } from "./mode";
import { createOneWriter } from "./one-writer";
import { createQuorum } from "./quorum";
import type { Site } from "./site";

/** A copy that this site needs before it can serve: who was asked, the latest last, and when. */
export type Rebuild = {
  readonly asked: readonly SiteId[];
  readonly source: SiteId;
  readonly askedMono: number;
};

/** The site, the mode that holds its data now, and the copy it is waiting for, if any. */
export type Shell = { readonly site: Site; mode: Mode; rebuild: Rebuild | null };

/** The kind of data each cluster mode keeps. */
const kinds: Readonly<Record<ClusterMode, Copy["kind"]>> = {
  single: "log",
  "active-passive": "log",
  consensus: "consensus",
  "active-active": "merge",
  quorum: "quorum",
};

export function kindOf(view: View): Copy["kind"] {
  return isCertified(view.cluster) ? "consensus" : kinds[view.cluster.mode];
}

/** An empty mode of one kind. */
export function createMode(kind: Copy["kind"], site: Site): Mode {
  switch (kind) {
    case "log":
      return createOneWriter(site);
    case "consensus":
      return createConsensus(site);
    case "merge":
      return createManyWriters(site);
    case "quorum":
      return createQuorum(site);
    default:
      return unreachable(kind);
  }
}
