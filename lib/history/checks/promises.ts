import type { Cluster } from "../../protocol/cluster";
import type { CheckName } from "../../protocol/report";
import { hasNoLog, isManyWriters } from "../split-brain";

/** What a cluster says of a property: it keeps it, it does not, or the property has no meaning for it. */
export type Promised = "yes" | "no" | "meaningless";

type Row = (cluster: Cluster) => Promised;

const yesIf = (holds: boolean): Promised => (holds ? "yes" : "no");

/** One primary at a time, for certain: its epoch fences it, or nobody is ever promoted. */
const hasOneVoice = ({ mode, fencing, failover }: Cluster) =>
  mode === "consensus" ||
  mode === "single" ||
  (mode === "active-passive" &&
    (failover === "none" || (fencing.includes("epoch") && fencing.includes("lease-request"))));

/** Nothing acknowledged is gone after a failover. */
const keepsWhatItAcknowledged = ({ mode, ack, sync, failover }: Cluster) =>
  mode === "consensus" ||
  (ack !== "off" && (mode === "single" || failover === "none")) ||
  (mode === "active-passive" && sync.strict && ["remote-write", "sync", "remote-apply"].includes(ack));

const readsAtThePrimary = ({ mode, readFrom }: Cluster) =>
  mode === "single" || mode === "consensus" || readFrom === "primary";

const isLinearizable = (cluster: Cluster) =>
  !isManyWriters(cluster.mode) &&
  hasOneVoice(cluster) &&
  keepsWhatItAcknowledged(cluster) &&
  (cluster.mode === "consensus" ? cluster.raft.reads === "read-index" : readsAtThePrimary(cluster));

/** What every linearizable cluster keeps as well. */
const followsFromOrder: Row = (cluster) => yesIf(isLinearizable(cluster));

/**
 * A guarantee that sessions carry along as a token. By wall clocks a session's own later write may lose
 * to its earlier one, whatever its token says.
 */
const followsFromToken =
  (guarantee: Cluster["session"][number]): Row =>
  (cluster) => {
    const { mode, session, merge } = cluster;
    const isKept = isManyWriters(mode) && session.includes(guarantee);
    return yesIf(isLinearizable(cluster) || (isKept && (mode === "quorum" || merge !== "lww")));
  };

/**
 * What each point of the axes promises, for the class's matrix of promised and broken, and for the
 * verdict `not-promised`, which stands only where a property has no meaning: no primary is split where
 * every site is one, and a cold standby holds nothing to compare until it is promoted.
 */
export const promises: Readonly<Record<CheckName, Row>> = {
  linearizable: followsFromOrder,
  sequential: followsFromOrder,
  causal: followsFromOrder,
  "causal-convergence": followsFromOrder,
  "read-your-writes": followsFromToken("read-your-writes"),
  "monotonic-reads": followsFromToken("monotonic-reads"),
  "monotonic-writes": followsFromToken("monotonic-writes"),
  "writes-follow-reads": followsFromToken("writes-follow-reads"),
  convergence: ({ mode, standby }) =>
    mode === "active-passive" && standby === "cold" ? "meaningless" : "yes",
  "split-brain": (cluster) => (isManyWriters(cluster.mode) ? "meaningless" : yesIf(hasOneVoice(cluster))),
  "lost-update": (cluster) => yesIf(!hasNoLog(cluster)),
};
