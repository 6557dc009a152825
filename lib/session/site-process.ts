import { partsOfJournal } from "../engine/parts";
import type { EngineSnapshot } from "../engine/types";
import type { FaultState } from "../protocol/faults";
import type { SignalFrom } from "../protocol/lab/wire";
import type { RuntimeStop } from "../runtime/runtime";
import type { Peers } from "./connection";
import { loadParts } from "./engine-parts";
import type { JournalOpener } from "./journal-opener";
import { createSiteHost, type SiteHost, type SiteHostOptions } from "./site-host";

/**
 * The site as a process of this tab: it can be started, crashed and started again, each time as a new
 * incarnation with the disk that is left.
 */
export type SiteProcess = {
  /** Resolves when the site serves. A later start or a stop overtakes it. */
  readonly start: (incarnation: number) => Promise<void>;
  /** Stops like a killed process. Resolves when the disk is wiped, if it shall be. */
  readonly crash: (disk: "kept" | "lost") => Promise<void>;
  /** The page goes away: gives the lease back and closes everything before it returns. */
  readonly leave: () => void;
  /** Puts these in force in the incarnation that runs; a later one asks for its own. */
  readonly setFaults: (faults: FaultState) => void;
  readonly setPeers: (peers: Peers) => void;
  readonly signal: (signal: SignalFrom) => void;
  readonly host: () => SiteHost | null;
  /** What the site last showed; null before its first start. */
  readonly snapshot: () => EngineSnapshot | null;
};

export type SiteProcessOptions = Omit<SiteHostOptions, "incarnation" | "journal" | "onStopped"> & {
  readonly opener: JournalOpener;
  readonly faults: () => FaultState;
  readonly peers: () => Peers;
  readonly notice: (text: string) => void;
  /** The journal was damaged. The site starts when this resolves: by then nobody counts on what it held. */
  readonly onDiskLost: () => Promise<void>;
  /** The site stopped by itself. It is no longer running when this is called. */
  readonly onStopped: (why: RuntimeStop) => void;
};

export function createSiteProcess(options: SiteProcessOptions): SiteProcess {
  const { opener, notice } = options;
  let host: SiteHost | null = null;
  let shown: EngineSnapshot | null = null;
  /** Rises with every start and stop, so that a start that was overtaken notices. */
  let turn = 0;

  async function start(incarnation: number): Promise<void> {
    stop("crash");
    turn += 1;
    const mine = turn;
    const journal = await opener.open(incarnation);
    const { records, lost } = await journal.load();
    if (lost !== null) {
      notice(lost);
      await options.onDiskLost();
    }
    await loadParts(partsOfJournal(records));
    if (mine !== turn) return journal.close();
    host = createSiteHost({ ...options, incarnation, journal, onStopped });
    host.setFaults(options.faults());
    host.setPeers(options.peers());
    host.start(records, document.hidden);
    options.onChange();
  }

  function onStopped(why: RuntimeStop): void {
    stop("crash");
    options.onStopped(why);
  }

  function stop(how: "crash" | "leave"): void {
    turn += 1;
    if (host === null) return;
    const stopped = host;
    shown = lastView(stopped) ?? shown;
    host = null;
    stopped.stop(how);
    options.onChange();
  }

  return {
    start,
    crash: async (disk) => {
      stop("crash");
      if (disk === "lost") await opener.wipe();
    },
    leave: () => stop("leave"),
    setFaults: (faults) => host?.setFaults(faults),
    setPeers: (peers) => host?.setPeers(peers),
    signal: (signal) => host?.signal(signal),
    host: () => host,
    snapshot: () => host?.snapshot() ?? shown,
  };
}

/** An engine that stopped on an assertion may not be able to show itself any more. */
function lastView(host: SiteHost): EngineSnapshot | null {
  try {
    return host.snapshot();
  } catch {
    return null;
  }
}
