import { type Cluster, type ClusterPatch, leaseMarginMs, type Mode } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import { jsonPath, type Problem } from "./problem";
import { whyNoTree } from "./tree";

type Axis = keyof Cluster;
type Decider = Cluster["failover"];

/**
 * A combination that no system could run: the axes it is about, the one most to blame first, and the
 * sentence that says what would do and why; null where the combination is fine.
 */
type Rule = { readonly axes: readonly Axis[]; readonly broken: (cluster: Cluster) => string | null };

/** Who grants leases: a store that the coordinator keeps. The other deciders have nobody who could. */
const withLeases: readonly Decider[] = ["lease", "managed", "manual", "none"];
/** Who can switch a machine off: somebody outside the cluster. */
const withStonith: readonly Decider[] = ["lease", "topology", "managed", "manual"];

/** The fencing that a decider can have at all; what a patch leaves open is cut down to it. */
export function possibleFencing(failover: Decider, fencing: Cluster["fencing"]): Cluster["fencing"] {
  return fencing.filter((level) => {
    if (level === "lease-request" || level === "lease-tick") return withLeases.includes(failover);
    return level !== "stonith" || withStonith.includes(failover);
  });
}

const whyAlone: Readonly<Partial<Record<Mode, string>>> = {
  single: "a single site has no replica to wait for",
  "active-active": "every site acknowledges alone",
  quorum: "quorum.w says how many sites acknowledge",
  consensus: "a majority acknowledges, always",
};

/** Where forgetting a deletion after a time would mean nothing. */
const whyNoGrace: Readonly<Partial<Record<Cluster["merge"], string>>> = {
  crdt: "Yjs remembers for good which letters and entries were deleted, and so never takes one back",
  bounded:
    "its keys are merged by Yjs, which remembers deletions for good, and its counters are never deleted",
  "revision-tree":
    "a deletion is a leaf of the tree, which a document database replicates like any other revision and drops for no clock",
};

const rules: readonly Rule[] = [
  {
    axes: ["session", "mode"],
    broken({ mode, session }) {
      const isMany = mode === "active-active" || mode === "quorum";
      return session.length > 0 && !isMany
        ? `expected no session guarantees in mode ${mode}: readFrom token keeps them where one site writes`
        : null;
    },
  },
  {
    axes: ["session", "merge"],
    broken({ mode, merge, session }) {
      return mode === "active-active" && merge === "certify" && session.length > 0
        ? "expected no session guarantees with merge certify: one order holds for everybody, and readFrom primary keeps reads up with it"
        : null;
    },
  },
  {
    axes: ["session", "mode"],
    broken({ mode, session }) {
      const ordered = session.find((each) => each === "monotonic-writes" || each === "writes-follow-reads");
      return mode === "quorum" && ordered !== undefined
        ? `expected no ${ordered} in mode quorum: versions of different keys travel by themselves, and nobody keeps their order`
        : null;
    },
  },
  {
    axes: ["session", "merge"],
    broken: ({ mode, merge, session }) =>
      mode === "quorum" && merge === "siblings" && session.some((each) => each !== "sticky")
        ? "expected no session guarantees with merge siblings in mode quorum: a token is a stamp, and versions side by side are not told apart by theirs"
        : null,
  },
  {
    axes: ["session", "lww"],
    broken: ({ mode, merge, lww, session }) =>
      mode === "quorum" &&
      merge === "lww" &&
      lww.unit === "field" &&
      session.some((each) => each !== "sticky")
        ? "expected no session guarantees with lww.unit field in mode quorum: a token is the stamp of a key, and its fields have stamps of their own"
        : null,
  },
  {
    axes: ["causal", "mode"],
    broken: ({ mode, causal }) =>
      causal && mode !== "active-active"
        ? `expected causal false in mode ${mode}: only active-active sends on writes whose order could be kept`
        : null,
  },
  {
    axes: ["quorum"],
    broken({ quorum: { n, r, w } }) {
      const most = Math.max(r, w);
      return most > n ? `expected r and w of at most ${n}: each key lives at ${n} sites` : null;
    },
  },
  {
    axes: ["merge", "mode"],
    broken: ({ mode, merge }) =>
      mode === "quorum" && merge !== "lww" && merge !== "siblings"
        ? `expected merge lww or siblings in mode quorum: its sites exchange versions and nothing that ${merge} could merge`
        : null,
  },
  {
    axes: ["repair", "merge"],
    broken({ mode, merge, repair: { tombstoneMs } }) {
      const why = whyNoGrace[merge];
      return mode === "active-active" && typeof tombstoneMs === "number" && why !== undefined
        ? `expected repair.tombstoneMs stable or keep with merge ${merge}: ${why}`
        : null;
    },
  },
  {
    axes: ["ack", "mode"],
    broken({ mode, ack }) {
      const why = whyAlone[mode];
      const fine = ack === "async" || (ack === "off" && mode === "single");
      return why === undefined || fine ? null : `expected ack async in mode ${mode}: ${why}`;
    },
  },
  {
    axes: ["failover", "mode"],
    broken({ mode, failover }) {
      if ((mode === "consensus") === (failover === "raft")) return null;
      return mode === "consensus"
        ? "expected failover raft in mode consensus: who leads is agreed by the same votes as the writes"
        : `expected another failover than raft in mode ${mode}: Raft elects leaders of its own log only`;
    },
  },
  {
    axes: ["fencing", "failover"],
    broken({ mode, failover, fencing }) {
      if (mode !== "active-passive") return null;
      const possible = possibleFencing(failover, fencing);
      const level = fencing.find((each) => !possible.includes(each));
      if (level === undefined) return null;
      const why =
        level === "stonith"
          ? "nobody outside the sites could switch one of them off"
          : "there is nobody to grant a lease";
      return `expected no ${level} with failover ${failover}: ${why}`;
    },
  },
  {
    axes: ["standby", "ack"],
    broken({ standby, ack }) {
      if (standby !== "cold" || ack === "async" || ack === "off") return null;
      return `expected ack async or off with a cold standby: it gets a segment now and then and could confirm no write, as ack ${ack} needs`;
    },
  },
  {
    axes: ["standby", "upstream"],
    broken({ standby, upstream }) {
      const isTree = Object.values(upstream).some((each) => each !== null);
      return standby === "cold" && isTree
        ? "expected no tree of cold standbys: they stream from nobody, so nobody can stream from them"
        : null;
    },
  },
  {
    axes: ["detector", "failover"],
    broken({ mode, detector, failover }) {
      if (mode === "active-active" || mode === "quorum" || mode === "single") return null;
      const { kind } = detector;
      if (kind === "topology" && failover !== "topology")
        return "expected failover topology with detector topology: only its observer asks the replicas";
      if (kind === "monitors" && failover !== "votes")
        return "expected failover votes with detector monitors: only there do sites run monitors";
      if (kind === "lease" && !withLeases.includes(failover))
        return `expected another detector than lease with failover ${failover}: there is nobody to grant a lease`;
      return null;
    },
  },
  {
    axes: ["failback", "failover"],
    broken({ mode, failback, failover }) {
      const deaf: readonly Decider[] = ["raft", "votes", "manual", "none"];
      return mode === "active-passive" && failback === "preempt" && deaf.includes(failover)
        ? `expected failback manual with failover ${failover}: it knows no preferred primary`
        : null;
    },
  },
  {
    axes: ["route", "failover"],
    broken({ mode, route, failover }) {
      return route === "ask-monitors" && (mode !== "active-passive" || failover !== "votes")
        ? "expected failover votes with route ask-monitors: there are no monitors to ask"
        : null;
    },
  },
  {
    axes: ["store", "failover"],
    broken({ mode, store, failover }) {
      const isUsed = store.members.length > 0 || store.failsafe;
      return isUsed && mode === "active-passive" && failover !== "lease"
        ? `expected no store with failover ${failover}: only a lease is kept in one`
        : null;
    },
  },
  {
    axes: ["raft"],
    broken({ mode, raft }) {
      return mode === "consensus" && raft.reads === "lease" && !raft.checkQuorum
        ? "expected checkQuorum with lease reads: without it a leader never learns that its lease is over"
        : null;
    },
  },
  {
    axes: ["monitors"],
    broken({ monitors: { count, quorum } }) {
      return quorum > count
        ? `expected a quorum of at most ${count}: there are only ${count} monitors`
        : null;
    },
  },
  {
    axes: ["detector"],
    broken({ detector: { timeoutMs } }) {
      return timeoutMs < leaseMarginMs + 300
        ? "expected a timeout of at least 800 ms: a lease is 500 ms shorter than that"
        : null;
    },
  },
  {
    axes: ["detector"],
    broken({ detector: { heartbeatMs, timeoutMs } }) {
      return heartbeatMs >= timeoutMs
        ? `expected a timeout longer than a heartbeat: after ${timeoutMs} ms without one every ${heartbeatMs} ms everybody would be dead all the time`
        : null;
    },
  },
  {
    axes: ["detector"],
    broken({ mode, fencing, detector: { heartbeatMs, timeoutMs } }) {
      const isLeased = fencing.includes("lease-request") || fencing.includes("lease-tick");
      if (
        mode === "active-active" ||
        mode === "quorum" ||
        !isLeased ||
        timeoutMs - leaseMarginMs >= heartbeatMs
      )
        return null;
      return `expected a lease that lasts from one heartbeat to the next: a timeout of at least ${heartbeatMs + leaseMarginMs} ms`;
    },
  },
];

/** The first combination in a cluster that no system could run; the path points into the patch that made it. */
export function impossibleCombination(cluster: Cluster, patch: ClusterPatch): Problem | null {
  for (const { axes, broken } of rules) {
    const expected = broken(cluster);
    if (expected === null) continue;
    const axis = axes.find((each) => patch[each] !== undefined) ?? axes[0] ?? "mode";
    return { path: jsonPath([axis, ...fieldOf(axis, patch)]), expected };
  }
  return null;
}

/** Which half of the pace a patch has set: the one that it should look at again. */
function fieldOf(axis: Axis, { detector, repair }: ClusterPatch): readonly string[] {
  if (axis === "repair" && repair?.tombstoneMs !== undefined) return ["tombstoneMs"];
  if (axis !== "detector" || detector?.kind !== undefined) return [];
  return [detector?.timeoutMs === undefined ? "heartbeatMs" : "timeoutMs"];
}

/** What a cluster asks of a pod that this one does not have: too few sites, or sites of another name. */
export function unfitFor(cluster: Cluster, sites: readonly SiteId[]): Problem | null {
  const { mode, ack, sync, guard, monitors, failover, store } = cluster;
  const others = sites.length - 1;
  const waits = ack !== "async" && ack !== "off" && ack !== "semi";
  if (mode === "quorum") return unfitQuorum(cluster, sites.length);
  if (mode !== "active-passive") return null;
  if (waits && sync.count > others)
    return tooFew(["sync", "count"], sync.count, others, "the primary waits for replicas");
  if (guard.replicas > others)
    return tooFew(["guard", "replicas"], guard.replicas, others, "the guard counts replicas");
  if (failover === "votes" && monitors.count > sites.length)
    return tooFew(["monitors", "count"], monitors.count, sites.length, "each monitor runs on a site");
  const stranger = store.members.find((site) => !sites.includes(site));
  if (stranger !== undefined) {
    const expected = `expected sites of this pod, ${sites.join(", ")}: ${stranger} is none of them`;
    return { path: jsonPath(["store", "members"]), expected };
  }
  const noTree = whyNoTree(cluster.upstream, sites);
  return noTree === null ? null : { path: jsonPath(["upstream"]), expected: noTree };
}

/** A quorum must be reachable on a good day: among all sites, or (`local`) among those of the smaller region. */
function unfitQuorum({ quorum: { n, r, w, scope } }: Cluster, sites: number): Problem | null {
  if (scope === "each") return null;
  const owners = Math.min(n, sites);
  const most = scope === "local" ? owners >> 1 : owners;
  for (const [axis, wanted] of Object.entries({ r, w })) {
    if (wanted <= most) continue;
    const why = scope === "local" ? "only the sites of one region count" : "each of them answers once";
    return tooFew(["quorum", axis], wanted, most, why);
  }
  return null;
}

function tooFew(path: readonly string[], wanted: number, most: number, why: string): Problem {
  const expected = `expected at most ${Math.max(0, most)} with this many sites, found ${wanted}: ${why}`;
  return { path: jsonPath(path), expected };
}
