import type { SiteId } from "../../../protocol/ids";
import type { SiteMessageOf } from "../../../protocol/site/message";
import { peersOf } from "../../site";
import { paceOf, type Swim, tell } from "./state";

/** A probe of this site is answered; one of another is carried out for whoever asked. */
export function onProbe(swim: Swim, from: SiteId, { probe, target }: SiteMessageOf<"probe">): void {
  const { site, relays } = swim;
  if (target === site.identity.site) {
    tell(swim, from, { type: "probe-answer", probe, target, reached: true });
    return;
  }
  if (!peersOf(site).includes(target)) return;
  swim.numbers += 1;
  const dueMono = site.now.mono + paceOf(swim).heartbeatMs / 4;
  relays.set(swim.numbers, { asker: from, probe, target, dueMono });
  tell(swim, target, { type: "probe", probe: swim.numbers, target });
}

/** Hands an answer on to whoever asked for it. False where nobody did. */
export function relayAnswer(swim: Swim, { probe, target, reached }: SiteMessageOf<"probe-answer">): boolean {
  const relay = swim.relays.get(probe);
  if (relay?.target !== target || !reached) return false;
  swim.relays.delete(probe);
  tell(swim, relay.asker, { type: "probe-answer", probe: relay.probe, target, reached: true });
  return true;
}

/** Also a helper that reached nobody says so: then its asker knows that at least the helper is there. */
export function tickRelays(swim: Swim): void {
  const { site, relays } = swim;
  for (const [number, { asker, probe, target, dueMono }] of relays) {
    if (site.now.mono < dueMono) continue;
    relays.delete(number);
    tell(swim, asker, { type: "probe-answer", probe, target, reached: false });
  }
}
