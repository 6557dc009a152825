import { unreachable } from "../kernel/assert";
import { canonicalJson } from "../kernel/json";
import { type FaultState, noFaults } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import type { Verb, VerbOf } from "../protocol/verb";
import { resolveCluster } from "../scenario/cluster";
import {
  type Baseline,
  type FaultVerb,
  isFaultVerb,
  linkCondition,
  reduceFaults,
  siteCondition,
} from "../scenario/fault-reducer";
import { presetOf } from "../scenario/preset-of";
import type { ConnectionChange } from "./connections";
import type { Pod } from "./pod";

/** Whoever does what a timeline says: breaks, mends, starts and configures. */
export type Operator = {
  /** Does what a verb says, now. */
  readonly perform: (verb: Verb) => void;
  /** Puts the scenario's network in force, and lets everybody connect who can. */
  readonly begin: () => void;
  readonly connect: () => void;
  readonly faults: () => FaultState;
  /** The network is the scenario's again among these sites and the outsiders; the other sites are cut off. */
  readonly healOnly: (sites: readonly SiteId[]) => void;
  /** True when every link is as the scenario's network has it. */
  readonly isNetworkWhole: () => boolean;
};

type SiteVerb = Exclude<Verb, FaultVerb | VerbOf<"op">>;

/** Creates the operator of a pod. `baseline` is its network while nothing is wrong. */
export function createOperator(pod: Pod, baseline: Baseline): Operator {
  const { schedule, trace, hosts, coordinator, clients } = pod;
  const sites = hosts.map((host) => host.site);
  let faults = noFaults;

  const reduced = (verb: FaultVerb) => reduceFaults(faults, verb, sites, baseline);

  function setFaults(next: FaultState): void {
    const before = faults;
    faults = next;
    pod.network.apply(faults);
    for (const host of hosts) {
      const then = siteCondition(before, host.site);
      const now = siteCondition(faults, host.site);
      if (then.skewMs !== now.skewMs || then.driftPpm !== now.driftPpm) {
        pod.clock(host.site).set(schedule.nowMs(), now.skewMs, now.driftPpm);
      }
      if (then.applyPerSec !== now.applyPerSec) host.setApplyPerSec(now.applyPerSec);
      host.setDiskDelayMs(now.diskDelayMs);
      if (now.paused && !then.paused) host.pause();
      if (then.paused && !now.paused) host.resume();
    }
    connect();
  }

  function connect(): void {
    for (const change of pod.connections.refresh(faults)) tell(change);
    pod.tellEdge();
  }

  function tell({ a, b, up }: ConnectionChange): void {
    const host = pod.host(a);
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
      pod.host(b)?.input((now) => ({ type: "link", now, peer: site, up }));
    }
  }

  function crash(site: SiteId, disk: "kept" | "lost"): void {
    const host = pod.host(site);
    if (host === undefined) return;
    host.crash(disk);
    clients.connectionLost(site, site);
    if (disk === "lost") coordinator.input((mono) => ({ type: "forget", mono, site }));
    // A process that is started again is not paused any more.
    if (siteCondition(faults, site).paused) setFaults(reduced({ do: "resume", site }));
    else connect();
  }

  function configure({ cluster: patch }: VerbOf<"configure">): void {
    const before = coordinator.view().cluster;
    const after = resolveCluster(patch, before);
    if (after.ok) {
      const presets = { from: presetOf(before), to: presetOf(after.value) };
      coordinator.input((mono) => ({ type: "configure", mono, cluster: after.value, presets }));
    } else trace.record("coordinator", { kind: "note", text: `Refused: ${after.error.expected}` });
  }

  function act(verb: SiteVerb): void {
    switch (verb.do) {
      case "crash":
        crash(verb.site, verb.disk);
        break;
      case "restart":
        pod.host(verb.site)?.start();
        connect();
        break;
      case "promote":
      case "failback":
      case "rejoin":
        coordinator.input((mono) => ({ type: verb.do, mono, site: verb.site }));
        break;
      case "resolve":
        clients.settle(verb.site, verb.key, verb.value);
        break;
      case "configure":
        configure(verb);
        break;
      default:
        unreachable(verb);
    }
  }

  function perform(verb: Verb): void {
    if (verb.do === "op") {
      clients.invoke(verb.session, verb.site, () => verb.op);
      return;
    }
    const { do: name, ...fields } = verb;
    const plain = JSON.parse(JSON.stringify(fields));
    const node = "site" in verb ? verb.site : "coordinator";
    trace.record(node, { kind: "fault", verb: name, fields: plain, cause: "planned" });
    if (!isFaultVerb(verb)) act(verb);
    else if (verb.do !== "pause" || pod.host(verb.site)?.isUp()) {
      setFaults(reduced(verb));
      if (verb.do === "pause" && verb.forMs !== undefined) {
        schedule.after(verb.forMs, () => perform({ do: "resume", site: verb.site }));
      }
    }
  }

  /** Whoever is in reach is switched off; whether one that is cut off still runs, nobody can know. */
  function fence(site: SiteId, incarnation: number): boolean {
    const ways = [linkCondition(faults, "coordinator", site), linkCondition(faults, site, "coordinator")];
    if (ways.some(({ cut, pulled }) => cut || pulled)) return false;
    const host = pod.host(site);
    if (host?.isUp() && host.incarnation() === incarnation) {
      trace.record(site, { kind: "fault", verb: "crash", fields: { site, disk: "kept" }, cause: "reaction" });
      crash(site, "kept");
    }
    return true;
  }
  coordinator.setFence(fence);

  function healOnly(core: readonly SiteId[]): void {
    trace.record("coordinator", {
      kind: "fault",
      verb: "heal",
      fields: { only: [...core] },
      cause: "planned",
    });
    const lost = sites.filter((site) => !core.includes(site));
    const healed = reduced({ do: "heal" });
    // The lost are cut off in the same moment, so that the heal lets nothing of theirs through.
    setFaults(
      lost.reduce((state, site) => reduceFaults(state, { do: "isolate", site }, sites, baseline), healed),
    );
  }

  return {
    perform,
    healOnly,
    begin: () => setFaults(reduced({ do: "heal" })),
    connect,
    faults: () => faults,
    isNetworkWhole: () => linksOf(faults) === linksOf(reduced({ do: "heal" })),
  };
}

function linksOf({ links }: FaultState): string {
  return links
    .map((link) => canonicalJson(link))
    .sort()
    .join();
}
