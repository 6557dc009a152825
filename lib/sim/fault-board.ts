import { type FaultState, noFaults } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import { type Baseline, type FaultVerb, reduceFaults, siteCondition } from "../scenario/fault-reducer";
import type { ConnectionChange } from "./connections";
import type { Pod } from "./pod";
import type { SiteHost } from "./site-host";

/** The faults of a pod: what is in force, and how more of them are put in force. */
export type FaultBoard = {
  readonly faults: () => FaultState;
  /** What a verb would make of the present faults. */
  readonly after: (verb: FaultVerb) => FaultState;
  readonly putInForce: (faults: FaultState) => void;
  /** The network is the scenario's again among these sites and the outsiders; the other sites are cut off. */
  readonly healOnly: (sites: readonly SiteId[]) => void;
  /** Lets everybody connect who can now, and everybody notice who is gone. */
  readonly connect: () => void;
};

/** Nothing is wrong yet. `baseline` is the pod's network while nothing is. */
export function createFaultBoard(pod: Pod, baseline: Baseline): FaultBoard {
  const { hosts } = pod;
  const sites = hosts.map((host) => host.site);
  let faults = noFaults;

  const after = (verb: FaultVerb) => reduceFaults(faults, verb, sites, baseline);

  function putInForce(next: FaultState): void {
    const before = faults;
    faults = next;
    pod.network.apply(faults);
    for (const host of hosts) applyTo(pod, host, before, faults);
    connect();
  }

  function connect(): void {
    for (const change of pod.connections.refresh(faults)) tell(pod, change);
    pod.tellEdge();
  }

  return {
    faults: () => faults,
    after,
    putInForce,
    healOnly(core) {
      const lost = sites.filter((site) => !core.includes(site));
      // The lost are cut off in the same moment, so that the heal lets nothing of theirs through.
      putInForce(
        lost.reduce(
          (state, site) => reduceFaults(state, { do: "isolate", site }, sites, baseline),
          after({ do: "heal" }),
        ),
      );
    },
    connect,
  };
}

function applyTo({ schedule, clock }: Pod, host: SiteHost, before: FaultState, faults: FaultState): void {
  const then = siteCondition(before, host.site);
  const now = siteCondition(faults, host.site);
  if (then.skewMs !== now.skewMs || then.driftPpm !== now.driftPpm) {
    clock(host.site).set(schedule.nowMs(), now.skewMs, now.driftPpm);
  }
  if (then.applyPerSec !== now.applyPerSec) host.setApplyPerSec(now.applyPerSec);
  host.setDiskDelayMs(now.diskDelayMs);
  if (now.paused && !then.paused) host.pause();
  if (then.paused && !now.paused) host.resume();
}

/** What the network tells the two ends of a connection. */
function tell({ host: hostOf, coordinator, clients }: Pod, { a, b, up }: ConnectionChange): void {
  const host = hostOf(a);
  if (host === undefined) return;
  const { site } = host;
  if (b === "coordinator") {
    const incarnation = host.incarnation();
    coordinator.input((mono) =>
      up ? { type: "connected", mono, site, incarnation } : { type: "disconnected", mono, site },
    );
  } else if (b === "edge") {
    if (!up) clients.connectionLost("edge", site);
  } else {
    host.input((now) => ({ type: "link", now, peer: b, up }));
    hostOf(b)?.input((now) => ({ type: "link", now, peer: site, up }));
  }
}
