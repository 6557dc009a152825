import type { Write } from "../../protocol/site/merge-copy";
import type { Copy } from "../../protocol/site/message";
import { notReceived, notSettled, versionsIn } from "../discard";
import type { Site } from "../site";
import type { DiscardedWrite } from "../types";
import type { Held } from "./held";

/** The values held here that have no place in a mode that keeps one of each key. */
export function lostBeside(
  site: Site,
  { store, rule }: Held,
  isLost: (write: Write) => boolean = () => true,
): readonly DiscardedWrite[] {
  const left = store.leftBeside(rule).filter(({ write }) => isLost(write));
  return left.map(({ key, typed, write }) => ({
    opId: write.opId,
    op: { f: "put", key, value: typed.value },
    position: { epoch: site.leadership.epoch, lsn: write.seq },
    acknowledged: true,
    why: notSettled,
  }));
}

/** This site's own writes that a copy about to replace everything does not contain. */
export function lostTo(site: Site, held: Held, copy: Copy): readonly DiscardedWrite[] {
  const me = site.identity.site;
  const { epoch } = site.leadership;
  const missing = held.store.missingFor(copy.kind === "merge" ? copy.seen : copy.shadow);
  const unreceived = (missing === "copy" ? [] : missing)
    .filter(({ op }) => op.origin === me)
    .map(({ op: { opId, op, seq } }) => ({
      ...{ opId, op, position: { epoch, lsn: seq }, acknowledged: true },
      why: notReceived,
    }));
  const known = new Set<string>([...unreceived.map(({ opId }) => opId), ...versionsIn(copy)]);
  const isLost = (write: Write) => write.site === me && !known.has(write.opId);
  return [...unreceived, ...lostBeside(site, held, isLost)];
}
