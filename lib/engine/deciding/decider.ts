import { must } from "../../kernel/assert";
import type { SiteId } from "../../protocol/ids";
import type { SiteMessage } from "../../protocol/site/message";
import type { View } from "../../protocol/view";
import { type DeciderKind, deciderKindsOf } from "../parts";
import type { Shell } from "../shell";
import { cancelTimer, isMember, setTimer } from "../site";
import { createSelfDoubt } from "./self-doubt";

/** What a site believes of another, for people. `agreed-down` is more than its own opinion. */
export type SiteOpinion = {
  readonly site: SiteId;
  readonly state: "up" | "down" | "agreed-down";
  readonly silentMs: number | null;
};

/** What a site that watches or decides believes now, for people. */
export type MonitorView = {
  /** The highest epoch it has voted in, and for whom; null before its first vote. */
  readonly vote: { readonly epoch: number; readonly leader: SiteId } | null;
  /** True while it distrusts itself, because its own clock stood still. */
  readonly tilted: boolean;
  readonly opinions: readonly SiteOpinion[];
  /** What it is doing about a primary that is down, in one sentence; null while nothing is to be done. */
  readonly doing: string | null;
};

/** One way for sites to watch each other or to settle who is primary. It acts through the shell. */
export type Part = {
  /** A newer view is in force. `before` is the one that was. */
  readonly onView: (before: View | null) => void;
  readonly onMessage: (from: SiteId, message: SiteMessage) => void;
  readonly onTick: () => void;
  /** In how many ms it wants the next tick; it comes after 10 ms at the earliest and `tickMs` at the latest. */
  readonly dueMs?: () => number;
  readonly show: () => MonitorView | null;
};

/** Ticks come at least so often, in ms. */
const tickMs = 100;

/** What the shell hands on to whatever the present cluster needs decided or watched on its sites. */
export type Decider = Omit<Part, "dueMs">;

/** Creates what decides and watches on this site; its parts come and go with the cluster's axes. */
export function createDecider(shell: Shell): Decider {
  const { site } = shell;
  const parts = new Map<DeciderKind, Part>();
  const doubt = createSelfDoubt(site);

  function make(kind: DeciderKind): Part {
    return must(site.parts.deciders[kind], `the part for ${kind} was loaded in time`)(shell, doubt);
  }

  function setWatch(): void {
    const due = [...parts.values()].map((part) => part.dueMs?.() ?? tickMs);
    setTimer(site, "watch", Math.max(10, Math.min(tickMs, ...due)));
  }

  return {
    onView(before) {
      const { view } = site;
      if (view === null) return;
      const kinds = isMember(site) ? deciderKindsOf(view.cluster) : [];
      const wasIdle = parts.size === 0;
      for (const kind of [...parts.keys()]) if (!kinds.includes(kind)) parts.delete(kind);
      for (const kind of kinds) if (!parts.has(kind)) parts.set(kind, make(kind));
      for (const part of [...parts.values()]) part.onView(before);
      if (parts.size === 0) {
        site.peers = [];
        if (!wasIdle) cancelTimer(site, "watch");
      } else if (wasIdle) {
        doubt.begin();
        setWatch();
      }
    },
    onMessage(from, message) {
      for (const part of parts.values()) part.onMessage(from, message);
    },
    onTick() {
      if (site.view === null || parts.size === 0) return;
      doubt.tick();
      for (const part of parts.values()) part.onTick();
      setWatch();
    },
    show: () => [...parts.values()].map((part) => part.show()).find((view) => view !== null) ?? null,
  };
}
