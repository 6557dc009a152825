import type { Cluster } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import { cityOf, listOf } from "../protocol/words";
import { type Finding, suspectAfterMs } from "./detector";
import { type Member, type Pod, viewMembers } from "./pod";

/** What the sites testify of one of them: it is gone, it is not, or nobody can be asked. */
export type Testimony =
  | { readonly verdict: "gone"; readonly finding: Finding }
  | { readonly verdict: "there"; readonly why: string }
  | { readonly verdict: "none" };

/** True where a silence alone convicts nobody of whom other sites could testify. */
export function needsWitnesses({ detector, failover }: Cluster): boolean {
  const { kind } = detector;
  return kind === "topology" || kind === "swim" || kind === "monitors" || failover === "topology";
}

/**
 * Asks the sites that are alive about `member`, in the way of the cluster's detector. Accusers are enough
 * by themselves; replicas are asked about a site that is unreachable from here (`silence` convicts it).
 */
export function testimonyOf(pod: Pod, member: Member, now: number, silence: Finding | null): Testimony {
  const { detector, monitors } = pod.view.cluster;
  if (detector.kind === "swim") return accused(pod, member, now, 1);
  if (detector.kind === "monitors") return accused(pod, member, now, monitors.quorum);
  const isUnreachable = silence !== null && silence.state !== "suspect";
  return isUnreachable ? byReplicas(pod, member) : { verdict: "none" };
}

/** The sites that stream from `site`, as the view has it. */
export function childrenOf({ view }: Pod, site: SiteId): readonly SiteId[] {
  return view.members.filter((child) => {
    const upstream = view.cluster.upstream[child] ?? view.primary;
    return child !== site && child !== view.primary && upstream === site;
  });
}

/**
 * The replicas as witnesses (orchestrator's DeadMaster): a site is gone if nobody hears it here *and* every
 * replica of it that can be asked says that its stream is broken. If one still streams, the site lives and
 * only the way from here to it is cut; if none can be asked, nothing is known.
 */
function byReplicas(pod: Pod, { site }: Member): Testimony {
  const children = childrenOf(pod, site);
  if (children.length === 0) return { verdict: "none" };
  const asked = viewMembers(pod).filter((one) => children.includes(one.site) && one.status === "alive");
  const fine = asked.filter(({ report }) => report?.upstream?.site === site && report.upstream.ok);
  const broken = asked.filter(({ report }) => report?.upstream?.site === site && !report.upstream.ok);
  if (fine.length > 0)
    return { verdict: "there", why: `${cities(fine)} still stream${s(fine)} from it, so it lives` };
  if (broken.length === 0 || broken.length < asked.length)
    return { verdict: "there", why: "no replica of it says that replication is broken" };
  const evidence = `Unreachable from here, and all its replicas that can be asked (${cities(broken)}) say that replication is broken.`;
  return { verdict: "gone", finding: { state: "dead", evidence } };
}

/** The sites' own detectors as witnesses: enough of them must accuse, and it must be overdue here as well. */
function accused(pod: Pod, member: Member, now: number, enough: number): Testimony {
  const others = viewMembers(pod).filter(({ site }) => site !== member.site);
  if (others.length === 0) return { verdict: "none" };
  const accusers = others.filter(
    ({ status, report }) =>
      status === "alive" && report?.peers.some(({ site, state }) => site === member.site && state === "dead"),
  );
  const isOverdue = now - member.countedFrom >= suspectAfterMs(pod.view.cluster.detector);
  const count = `${accusers.length} of the ${enough} that it takes`;
  if (accusers.length < enough || !isOverdue) return { verdict: "there", why: `only ${count} accuse it` };
  const evidence = `Overdue here, and ${cities(accusers)} ${accusers.length === 1 ? "has" : "have"} found it dead: ${count}.`;
  return { verdict: "gone", finding: { state: "dead", evidence } };
}

function cities(members: readonly Member[]): string {
  return listOf(members.map(({ site }) => cityOf(site)));
}

function s(members: readonly Member[]): string {
  return members.length === 1 ? "s" : "";
}
