import type { SiteId } from "../../protocol/ids";
import type { MemberRow } from "../../protocol/site/deciding";
import type { SiteMessage, SiteMessageOf } from "../../protocol/site/message";
import { cityOf, listOf, seconds } from "../../protocol/words";
import type { Shell } from "../shell";
import { peersOf, record, send } from "../site";
import type { Part } from "./decider";
import type { SelfDoubt } from "./self-doubt";
import { mergeRow, type Row, suspicionMs } from "./swim-table";

/** Helpers asked for an indirect probe (memberlist: IndirectChecks). */
const helpers = 3;
/** The worst local health score (Lifeguard). */
const worstHealth = 7;

type Probe = {
  readonly number: number;
  readonly target: SiteId;
  readonly sentMono: number;
  /** Who was asked to help, once a direct answer was overdue; null before. */
  asked: number | null;
  nacks: number;
  answered: boolean;
};
/** A probe that this site carries out for another. */
type Relay = {
  readonly asker: SiteId;
  readonly probe: number;
  readonly target: SiteId;
  readonly dueMono: number;
};

/**
 * Sites probe each other in turn (SWIM, with Lifeguard as in memberlist): directly, then through others. Who
 * answers neither is suspected; the suspicion spreads with every message, and the suspect refutes it by a higher
 * incarnation or is dead when its time is up. A site whose own probes go wrong trusts itself less and asks slower.
 */
export function createSwim(shell: Shell, doubt: SelfDoubt): Part {
  const { site } = shell;
  const me = site.identity.site;
  const rows = new Map<SiteId, Row>();
  const relays = new Map<number, Relay>();
  let incarnation = 0;
  let health = 0;
  let numbers = 0;
  let current: Probe | null = null;
  let queue: SiteId[] = [];
  const pace = () => site.view?.cluster.detector ?? { heartbeatMs: 1000, timeoutMs: 3000 };

  function rowOf(name: SiteId): Row {
    return rows.get(name) ?? { incarnation: 0, state: "alive", by: [], sinceMono: site.now.mono };
  }

  function table(): MemberRow[] {
    const others = peersOf(site).map((name): MemberRow => {
      const { sinceMono: _, by, ...row } = rowOf(name);
      return { site: name, ...row, by: [...by] };
    });
    return [{ site: me, incarnation, state: "alive", by: [] }, ...others];
  }

  function tell(
    to: SiteId,
    message: Omit<SiteMessageOf<"probe">, "table"> | Omit<SiteMessageOf<"probe-answer">, "table">,
  ) {
    send(site, to, { ...message, table: table() }, "replication");
  }

  function put(name: SiteId, next: Row, evidence: string): void {
    const before = rowOf(name).state;
    rows.set(name, next);
    if (before !== next.state) record(site, { kind: "detect", target: name, state: next.state, evidence });
  }

  function feel(change: number): void {
    health = Math.min(worstHealth, Math.max(0, health + change));
  }

  function merge(from: SiteId, heard: readonly MemberRow[]): void {
    for (const row of heard) {
      if (row.site === me) refute(row);
      else if (site.view?.members.includes(row.site)) {
        const next = mergeRow(rowOf(row.site), row, site.now.mono);
        const who = row.by.length === 0 ? cityOf(from) : listOf(row.by.map(cityOf));
        const evidence =
          row.state === "alive"
            ? `It refuted the suspicion in incarnation ${row.incarnation}, says ${cityOf(from)}.`
            : `${who} found it ${row.state} in incarnation ${row.incarnation}, says ${cityOf(from)}.`;
        put(row.site, next, evidence);
      }
    }
  }

  /** Whoever has to refute something is perhaps not well itself. */
  function refute(row: MemberRow): void {
    if (row.state === "alive" || row.incarnation < incarnation) return;
    incarnation = row.incarnation + 1;
    feel(1);
  }

  function probeNext(): void {
    if (queue.length === 0) queue = shuffled(peersOf(site));
    const target = queue.shift();
    if (target === undefined || !peersOf(site).includes(target)) return;
    numbers += 1;
    current = { number: numbers, target, sentMono: site.now.mono, asked: null, nacks: 0, answered: false };
    tell(target, { type: "probe", probe: numbers, target });
  }

  function shuffled(names: readonly SiteId[]): SiteId[] {
    const keyed = names.map((name) => ({ name, key: site.random.uint32() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ name }) => name);
  }

  function askHelpers(probe: Probe): void {
    const able = peersOf(site).filter((name) => name !== probe.target && rowOf(name).state === "alive");
    const asked = shuffled(able).slice(0, helpers);
    probe.asked = asked.length;
    for (const helper of asked) tell(helper, { type: "probe", probe: probe.number, target: probe.target });
  }

  function fail({ target, asked, nacks, sentMono }: Probe): void {
    feel(asked === null || asked === 0 ? 1 : asked - nacks);
    const row = rowOf(target);
    if (row.state === "dead") return;
    const city = cityOf(me);
    const silent = seconds(site.now.mono - sentMono);
    const evidence = `It answered neither ${city} nor the ${asked ?? 0} asked to try for it within ${silent}.`;
    const { mono } = site.now;
    put(
      target,
      mergeRow(row, { site: target, incarnation: row.incarnation, state: "suspect", by: [me] }, mono),
      evidence,
    );
  }

  function tickProbe(): void {
    const slowMs = pace().heartbeatMs * (1 + health);
    const ageMs = current === null ? Number.POSITIVE_INFINITY : site.now.mono - current.sentMono;
    if (current !== null && !current.answered && current.asked === null && ageMs >= slowMs / 2)
      askHelpers(current);
    if (ageMs < slowMs) return;
    if (current !== null && !current.answered) fail(current);
    probeNext();
  }

  function tickSuspicions(): void {
    for (const [name, row] of rows) {
      if (row.state !== "suspect") continue;
      const limitMs = suspicionMs(pace(), site.view?.members.length ?? 0, row.by.length);
      const ageMs = site.now.mono - Math.max(row.sinceMono, doubt.countsFromMono());
      if (ageMs < limitMs) continue;
      const evidence = `Suspected by ${listOf(row.by.map(cityOf))} and not refuted for ${seconds(ageMs)}.`;
      put(name, { ...row, state: "dead" }, evidence);
    }
  }

  function tickRelays(): void {
    for (const [number, { asker, probe, target, dueMono }] of relays) {
      if (site.now.mono < dueMono) continue;
      relays.delete(number);
      tell(asker, { type: "probe-answer", probe, target, reached: false });
    }
  }

  function onProbe(from: SiteId, { probe, target }: SiteMessageOf<"probe">): void {
    if (target === me) {
      tell(from, { type: "probe-answer", probe, target, reached: true });
      return;
    }
    if (!peersOf(site).includes(target)) return;
    numbers += 1;
    relays.set(numbers, { asker: from, probe, target, dueMono: site.now.mono + pace().heartbeatMs / 4 });
    tell(target, { type: "probe", probe: numbers, target });
  }

  function onAnswer({ probe, target, reached }: SiteMessageOf<"probe-answer">): void {
    const relay = relays.get(probe);
    if (relay?.target === target && reached) {
      relays.delete(probe);
      tell(relay.asker, { type: "probe-answer", probe: relay.probe, target, reached: true });
    } else if (current?.number === probe && current.target === target) {
      if (!reached) current.nacks += 1;
      else if (!current.answered) {
        current.answered = true;
        feel(-1);
      }
    }
  }

  return {
    onView() {
      for (const name of [...rows.keys()]) if (!site.view?.members.includes(name)) rows.delete(name);
    },
    onMessage(from, message: SiteMessage) {
      if (message.type !== "probe" && message.type !== "probe-answer") return;
      merge(from, message.table);
      if (message.type === "probe") onProbe(from, message);
      else onAnswer(message);
    },
    onTick() {
      tickRelays();
      if (doubt.isTilted()) current = null;
      else {
        tickProbe();
        tickSuspicions();
      }
      site.peers = peersOf(site).map((name) => ({ site: name, state: rowOf(name).state }));
    },
    show: () => ({
      vote: null,
      tilted: doubt.isTilted(),
      opinions: peersOf(site).map((name) => {
        const { state, sinceMono } = rowOf(name);
        const silentMs = state === "alive" ? null : site.now.mono - sinceMono;
        return {
          site: name,
          state: state === "dead" ? "agreed-down" : state === "suspect" ? "down" : "up",
          silentMs,
        };
      }),
      doing:
        health === 0
          ? null
          : `Its own probes go wrong (local health ${health} of ${worstHealth}): it asks slower.`,
    }),
  };
}
