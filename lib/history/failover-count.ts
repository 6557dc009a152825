import type { EventOf } from "./outcomes";
import { isManyWriters } from "./split-brain";

/** One change of primary that nobody asked for. */
export type Failover = {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
};

/** Finds failovers in the coordinator's views, one event at a time. */
export type FailoverWatch = {
  /** An operator asked for `site` to become primary: the view that does so is no failover. */
  readonly promoted: (site: string) => void;
  /** Takes the next view; returns the failover it is, if it is one. */
  readonly view: (event: EventOf<"view">) => Failover | null;
};

/** Starts before the first view. */
export function createFailoverWatch(): FailoverWatch {
  let primary: string | null = null;
  let epoch = -1;
  let asked: string | null = null;

  return {
    promoted(site) {
      asked = site;
    },
    view(event) {
      // Where every site is a primary there is nobody to fail over from.
      if (isManyWriters(event.mode)) primary = null;
      if (event.primary === null || event.epoch <= epoch) return null;
      const from = primary;
      primary = event.primary;
      epoch = event.epoch;
      const isAsked = asked === event.primary;
      if (isAsked) asked = null;
      if (from === null || from === event.primary || isAsked) return null;
      return { atMs: event.atMs, from, to: event.primary, epoch };
    },
  };
}
