import type { UpdateRefusal } from "../../merge/crdt-guard";
import type { SiteId } from "../../protocol/ids";
import type { MergeCopy, StampedKey } from "../../protocol/site/merge-copy";
import { cityOf, seconds } from "../../protocol/words";
import { note, record, type Site } from "../site";
import { forgetsInTime } from "./forgetting";
import type { Held } from "./held";

/**
 * Merges a copy in. Where deletions are forgotten in time it may bring deleted values back: the trace then
 * says which, as a write that met its deletion and is shown all the same.
 */
export function mergeIn(site: Site, held: Held, from: SiteId, copy: MergeCopy): UpdateRefusal | null {
  const forgets = forgetsInTime(site);
  const back = forgets ? held.store.returning(copy) : [];
  const refusal = held.store.install(copy, site.now.wall, forgets);
  if (refusal === null) for (const each of back) traceReturn(site, held, from, each);
  return refusal;
}

function traceReturn(site: Site, held: Held, from: SiteId, { key, value, write }: StampedKey): void {
  const { opId: op, stream, seq, shadow, wallMs } = write;
  const { epoch } = site.leadership;
  const over = held.forgotten.get(key) ?? null;
  const graceMs = Number(site.view?.cluster.repair.tombstoneMs);
  const here = cityOf(site.identity.site);
  note(
    site,
    `"${key}" is back as ${op} wrote it: ${over ?? "somebody"} had deleted it, ${here} forgot that after ${seconds(graceMs)}, and ${cityOf(from)} was away for longer.`,
  );
  record(site, {
    ...{ kind: "apply", op, key, shadow, stream, epoch, wallMs, over },
    position: { epoch, lsn: seq },
    f: "put",
    arg: value?.value ?? null,
    shows: held.store.version(held.rule, key),
  });
}
