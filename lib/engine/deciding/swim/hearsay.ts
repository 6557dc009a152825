import type { SiteId } from "../../../protocol/ids";
import type { MemberRow } from "../../../protocol/site/deciding";
import { cityOf, listOf, seconds } from "../../../protocol/words";
import { feel, paceOf, put, rowOf, type Swim } from "./state";
import { mergeRow, suspicionMs } from "./table";

/** Takes in what `from` has heard of everybody, this site included. */
export function hear(swim: Swim, from: SiteId, heard: readonly MemberRow[]): void {
  const { site } = swim;
  for (const row of heard) {
    if (row.site === site.identity.site) refute(swim, row);
    else if (site.view?.members.includes(row.site)) {
      const next = mergeRow(rowOf(swim, row.site), row, site.now.mono);
      put(swim, row.site, next, evidenceOf(from, row));
    }
  }
}

function evidenceOf(from: SiteId, { state, incarnation, by }: MemberRow): string {
  if (state === "alive") {
    return `It refuted the suspicion in incarnation ${incarnation}, says ${cityOf(from)}.`;
  }
  const who = by.length === 0 ? cityOf(from) : listOf(by.map(cityOf));
  return `${who} found it ${state} in incarnation ${incarnation}, says ${cityOf(from)}.`;
}

/** Whoever has to refute something is perhaps not well itself. */
function refute(swim: Swim, row: MemberRow): void {
  if (row.state === "alive" || row.incarnation < swim.incarnation) return;
  swim.incarnation = row.incarnation + 1;
  feel(swim, 1);
}

/** Whoever has not refuted a suspicion in its time is dead. */
export function judgeSuspicions(swim: Swim): void {
  const { site, rows, doubt } = swim;
  for (const [name, row] of rows) {
    if (row.state !== "suspect") continue;
    const limitMs = suspicionMs(paceOf(swim), site.view?.members.length ?? 0, row.by.length);
    const ageMs = site.now.mono - Math.max(row.sinceMono, doubt.countsFromMono());
    if (ageMs < limitMs) continue;
    const evidence = `Suspected by ${listOf(row.by.map(cityOf))} and not refuted for ${seconds(ageMs)}.`;
    put(swim, name, { ...row, state: "dead" }, evidence);
  }
}
