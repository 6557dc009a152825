import type { Shell } from "../shell";
import { peersOf } from "../site";
import type { MonitorView, Part, SiteOpinion } from "./decider";
import type { SelfDoubt } from "./self-doubt";
import { hear, judgeSuspicions } from "./swim/hearsay";
import { onOwnAnswer, tickProbe } from "./swim/probing";
import { onProbe, relayAnswer, tickRelays } from "./swim/relaying";
import { createState, rowOf, type Swim, worstHealth } from "./swim/state";
import type { Row } from "./swim/table";

/**
 * Sites probe each other in turn (SWIM, with Lifeguard as in memberlist): directly, then through others. Who
 * answers neither is suspected; the suspicion spreads with every message, and the suspect refutes it by a higher
 * incarnation or is dead when its time is up. A site whose own probes go wrong trusts itself less and asks slower.
 */
export function createSwim({ site }: Shell, doubt: SelfDoubt): Part {
  const swim = createState(site, doubt);
  const { rows } = swim;
  return {
    onView() {
      for (const name of [...rows.keys()]) if (!site.view?.members.includes(name)) rows.delete(name);
    },
    onMessage(from, message) {
      if (message.type !== "probe" && message.type !== "probe-answer") return;
      hear(swim, from, message.table);
      if (message.type === "probe") onProbe(swim, from, message);
      else if (!relayAnswer(swim, message)) onOwnAnswer(swim, message);
    },
    onTick() {
      tickRelays(swim);
      if (doubt.isTilted()) swim.current = null;
      else {
        tickProbe(swim);
        judgeSuspicions(swim);
      }
      site.peers = peersOf(site).map((name) => ({ site: name, state: rowOf(swim, name).state }));
    },
    show: () => show(swim),
  };
}

/** In words for people: a suspect is down to its accusers, and only a dead site is agreed to be. */
const opinions: Readonly<Record<Row["state"], SiteOpinion["state"]>> = {
  alive: "up",
  suspect: "down",
  dead: "agreed-down",
};

function show(swim: Swim): MonitorView {
  const { site, doubt, health } = swim;
  const asksSlower = `Its own probes go wrong (local health ${health} of ${worstHealth}): it asks slower.`;
  return {
    vote: null,
    tilted: doubt.isTilted(),
    opinions: peersOf(site).map((name) => {
      const { state, sinceMono } = rowOf(swim, name);
      const silentMs = state === "alive" ? null : site.now.mono - sinceMono;
      return { site: name, state: opinions[state], silentMs };
    }),
    doing: health === 0 ? null : asksSlower,
  };
}
