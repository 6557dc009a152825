import { must } from "../kernel/assert";
import type { SiteId } from "../protocol/ids";
import type { View } from "../protocol/view";
import type { Mode } from "./mode";
import { type ModeKind, modeKindOf } from "./parts";
import type { Site } from "./site";

/** A copy that this site needs before it can serve: who was asked, the latest last, and when. */
export type Rebuild = {
  readonly asked: readonly SiteId[];
  readonly source: SiteId;
  readonly askedMono: number;
};

/** The site, the mode that holds its data now, and the copy it is waiting for, if any. */
export type Shell = { readonly site: Site; mode: Mode; rebuild: Rebuild | null };

export function kindOf(view: View): ModeKind {
  return modeKindOf(view.cluster);
}

/** An empty mode of one kind. */
export function createMode(kind: ModeKind, site: Site): Mode {
  return must(site.parts.modes[kind], `the part for ${kind} data was loaded in time`)(site);
}
