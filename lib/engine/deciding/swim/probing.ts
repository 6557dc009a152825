import type { SiteId } from "../../../protocol/ids";
import type { MemberRow } from "../../../protocol/site/deciding";
import type { SiteMessageOf } from "../../../protocol/site/message";
import { cityOf, seconds } from "../../../protocol/words";
import { peersOf, type Site } from "../../site";
import { feel, type Probe, paceOf, put, rowOf, type Swim, tell } from "./state";
import { mergeRow } from "./table";

/** Helpers asked for an indirect probe (memberlist: IndirectChecks). */
const helpers = 3;

/** Asks the helpers when a direct answer is overdue, gives the probe up when theirs are too, and goes on. */
export function tickProbe(swim: Swim): void {
  const { site, current, health } = swim;
  const slowMs = paceOf(swim).heartbeatMs * (1 + health);
  const ageMs = current === null ? Number.POSITIVE_INFINITY : site.now.mono - current.sentMono;
  if (current !== null && !current.answered && current.asked === null && ageMs >= slowMs / 2) {
    askHelpers(swim, current);
  }
  if (ageMs < slowMs) return;
  if (current !== null && !current.answered) fail(swim, current);
  probeNext(swim);
}

/** An answer to this site's own probe, from its target or from a helper. */
export function onOwnAnswer(swim: Swim, { probe, target, reached }: SiteMessageOf<"probe-answer">): void {
  const { current } = swim;
  if (current?.number !== probe || current.target !== target) return;
  if (!reached) current.nacks += 1;
  else if (!current.answered) {
    current.answered = true;
    feel(swim, -1);
  }
}

/** Everybody is probed once, in a drawn order, before anybody is probed again. */
function probeNext(swim: Swim): void {
  const { site } = swim;
  if (swim.queue.length === 0) swim.queue = shuffled(site, peersOf(site));
  const target = swim.queue.shift();
  if (target === undefined || !peersOf(site).includes(target)) return;
  swim.numbers += 1;
  const number = swim.numbers;
  swim.current = { number, target, sentMono: site.now.mono, asked: null, nacks: 0, answered: false };
  tell(swim, target, { type: "probe", probe: number, target });
}

function askHelpers(swim: Swim, probe: Probe): void {
  const { site } = swim;
  const able = peersOf(site).filter((name) => name !== probe.target && rowOf(swim, name).state === "alive");
  const asked = shuffled(site, able).slice(0, helpers);
  probe.asked = asked.length;
  for (const helper of asked) {
    tell(swim, helper, { type: "probe", probe: probe.number, target: probe.target });
  }
}

function fail(swim: Swim, { target, asked, nacks, sentMono }: Probe): void {
  const { site } = swim;
  const { mono } = site.now;
  const me = site.identity.site;
  feel(swim, asked === null || asked === 0 ? 1 : asked - nacks);
  const row = rowOf(swim, target);
  if (row.state === "dead") return;
  const silent = seconds(mono - sentMono);
  const evidence = `It answered neither ${cityOf(me)} nor the ${asked ?? 0} asked to try for it within ${silent}.`;
  const accused: MemberRow = { site: target, incarnation: row.incarnation, state: "suspect", by: [me] };
  put(swim, target, mergeRow(row, accused, mono), evidence);
}

function shuffled({ random }: Site, names: readonly SiteId[]): SiteId[] {
  const keyed = names.map((name) => ({ name, key: random.uint32() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ name }) => name);
}
