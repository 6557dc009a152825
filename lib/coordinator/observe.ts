import { isCertified } from "../protocol/deciders";
import type { View } from "../protocol/view";
import { cityOf, listOf } from "../protocol/words";
import { type Member, memberOf, type Pod, type Turn, viewMembers } from "./pod";
import { issue, nobodyClaims, noteOnce } from "./view";

/**
 * How far an epoch may jump between two reports, where the sites number the epochs themselves: a site that
 * was cut off counts on alone, a forged report may claim anything.
 */
export const epochStep = 10_000;

/**
 * Where the sites decide, the view repeats what they say: the claim with the highest epoch, until a higher
 * one comes or the claimant takes it back. That it has fallen silent changes nothing, since nobody else has
 * claimed anything.
 */
export function observe(turn: Turn): void {
  const { pod } = turn;
  const { view } = pod;
  const claims = viewMembers(pod).filter((member) => isClaimant(pod, member));
  const highest = Math.max(view.epoch, ...claims.map(epochOf));
  if (isCertified(view.cluster)) {
    noteComponent(turn, claims, highest);
    return;
  }
  const best = claims.filter((member) => epochOf(member) === highest);
  noteTie(turn, best, highest);
  const [claimant = null] = best.filter(({ site }) => site === view.primary).concat(best);
  if (claimant?.site === view.primary && highest === view.epoch) return;
  if (claimant !== null) announceClaim(turn, claimant, highest);
  else if (view.primary !== null && hasTakenBack(pod, memberOf(pod, view.primary)))
    issue(turn, { primary: null }, `${cityOf(view.primary)} no longer says that it is primary.`);
}

/** Every site of the primary component says that it is primary: the view repeats their epoch, and names nobody. */
function noteComponent(turn: Turn, claims: readonly Member[], highest: number): void {
  const { view } = turn.pod;
  const [first] = claims.filter((member) => epochOf(member) === highest);
  if (first === undefined || highest === view.epoch) return;
  const seed = view.seed === null ? null : first.site;
  const reason = `${changed(view)}The primary component of epoch ${highest}: a majority of the sites orders every write.`;
  issue(turn, { epoch: highest, primary: null, seed }, reason);
}

const noComponent = "No majority of the sites has formed a primary component yet.";

/** What the pod waits for where the sites decide; null while the observed primary is well. */
export function waitingForClaim({ view, sites }: Pod): string | null {
  if (isCertified(view.cluster)) return view.epoch === 0 ? noComponent : null;
  if (view.primary === null) return view.epoch === 0 ? nobodyClaims : view.reason;
  const status = sites.get(view.primary)?.status ?? "empty";
  return status === "alive"
    ? null
    : `${cityOf(view.primary)} is ${status}, and no other site says that it is primary.`;
}

function isClaimant({ view }: Pod, { report, left }: Member): boolean {
  return !left && report?.role === "primary" && report.generation === view.generation && report.epoch > 0;
}

function epochOf({ report }: Member): number {
  return report?.epoch ?? 0;
}

/** Its own latest word, its goodbye, or a new life that has said nothing yet. */
function hasTakenBack({ reign }: Pod, { left, report, incarnation }: Member): boolean {
  if (left || (reign !== null && incarnation > reign.incarnation)) return true;
  return report !== null && report.role !== "primary";
}

function announceClaim(turn: Turn, { site, incarnation }: Member, epoch: number): void {
  const { pod } = turn;
  const seed = pod.view.seed === null ? null : site;
  pod.reign = { primary: site, incarnation, diskLost: false };
  const { failover, mode } = pod.view.cluster;
  const how =
    mode === "consensus"
      ? "a majority of the sites voted for it"
      : failover === "votes"
        ? "the monitors on the sites made it primary"
        : "nobody with a higher priority advertises itself to it";
  issue(
    turn,
    { epoch, primary: site, seed },
    `${changed(pod.view)}${cityOf(site)} leads epoch ${epoch} by its own word: ${how}.`,
  );
}

/** What was changed, where the next reign is the first after it. */
function changed({ epoch, change }: View): string {
  return change !== null && epoch <= change.above ? `${change.words}. ` : "";
}

function noteTie(turn: Turn, best: readonly Member[], epoch: number): void {
  noteOnce(turn, "tie", best.length < 2 ? null : tieOf(best, epoch));
}

function tieOf(best: readonly Member[], epoch: number): string {
  const names = listOf(best.map(({ site }) => cityOf(site)));
  return `${names} both say that they are primary in epoch ${epoch}: nobody decided between them.`;
}
