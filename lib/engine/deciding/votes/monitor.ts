import type { SiteId } from "../../../protocol/ids";
import type { Shell } from "../../shell";
import type { SelfDoubt } from "../self-doubt";
import { createWatch, type Watch } from "./watch";

/** What a monitor is doing to replace a primary that is objectively down, or to give one a new epoch. */
export type Attempt =
  | { readonly phase: "waiting"; readonly startMono: number }
  | {
      readonly phase: "election";
      readonly epoch: number;
      readonly sinceMono: number;
      readonly votes: Set<SiteId>;
      /** The primary that is to go on in this epoch; null to replace the one that is down. */
      readonly renews: SiteId | null;
    }
  | {
      readonly phase: "promoting";
      readonly epoch: number;
      readonly sinceMono: number;
      readonly candidate: SiteId;
      readonly reason: string;
    };

/** What another monitor said last about the primary. */
type Answer = { readonly mono: number; readonly about: SiteId; readonly down: boolean };

/**
 * What one monitor knows and does in this life. What it must not forget, its vote and the configuration, is
 * in `site`, since that is journalled.
 */
export type Monitor = {
  readonly shell: Shell;
  readonly doubt: SelfDoubt;
  readonly watch: Watch;
  readonly startedMono: number;
  readonly answers: Map<SiteId, Answer>;
  /** The highest epoch in anything heard. */
  epochHeard: number;
  /** When it last pinged everybody. */
  roundMono: number;
  /** Since when the primary itself has said that it is none, as after a restart; null while it does not. */
  restartedMono: number | null;
  /** True while enough monitors agree that the primary is down. */
  isAgreed: boolean;
  attempt: Attempt | null;
  triedMono: number;
};

export function createMonitor(shell: Shell, doubt: SelfDoubt): Monitor {
  return {
    shell,
    doubt,
    watch: createWatch(shell, doubt),
    startedMono: shell.site.now.mono,
    answers: new Map(),
    epochHeard: 0,
    roundMono: Number.NEGATIVE_INFINITY,
    restartedMono: null,
    isAgreed: false,
    attempt: null,
    triedMono: Number.NEGATIVE_INFINITY,
  };
}

export function heartbeatMs({ shell }: Monitor): number {
  return shell.site.view?.cluster.detector.heartbeatMs ?? 1000;
}

/** The sites that run a monitor: the first of the list. */
export function monitorsOf({ site }: Shell): readonly SiteId[] {
  return site.view?.members.slice(0, site.view.cluster.monitors.count) ?? [];
}

export function isMonitor(shell: Shell): boolean {
  return monitorsOf(shell).includes(shell.site.identity.site);
}

/** Whom this monitor takes for the primary. */
export function watchedPrimary({ shell }: Monitor): SiteId | null {
  return shell.site.configuration?.primary ?? null;
}

export function highestEpoch({ shell, epochHeard }: Monitor): number {
  const { vote, configuration, leadership, epochSeen } = shell.site;
  return Math.max(epochHeard, vote?.epoch ?? 0, configuration?.epoch ?? 0, leadership.epoch, epochSeen);
}

/** The epoch in which this monitor asks for votes now; null when it asks for none. */
export function askingEpoch({ attempt }: Monitor): number | null {
  return attempt?.phase === "election" ? attempt.epoch : null;
}
