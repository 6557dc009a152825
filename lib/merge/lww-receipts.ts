import type { LwwOrder } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import type { Write } from "../protocol/site/merge-copy";
import { cityOf } from "../protocol/words";
import { writesOf } from "./chain";
import { whyWins } from "./lww";
import { kept, overwritten, type Receipts } from "./receipts";
import type { Meeting } from "./stamped-map";
import { hasSeen } from "./write";

type LwwRule = "lww" | "lww-hlc";
export const lwwRules = ["lww", "lww-hlc"] as const satisfies readonly LwwRule[];

/** Where two writes met, and by whose order. */
type Under = { readonly merge: LwwRule; readonly key: string; readonly order: LwwOrder };

/**
 * Notes what a last-write-wins rule did when two writes of one key met: nothing when the winner had seen
 * the loser, for then somebody meant to overwrite it. Whatever else was in the loser's value went with
 * it, and what was taken for lost and is in the winner's value is not.
 */
export function noteMeeting(
  receipts: Receipts,
  { merge, key, order }: Under,
  { winner, loser }: Meeting,
): void {
  const { write } = winner;
  if (hasSeen(write.shadow, loser.write)) return;
  const ahead = merge === "lww" ? whyWins(order, winner, loser) : "carries the later hybrid clock";
  const shown = writesOf(winner.chain);
  for (const lost of [...writesOf(loser.chain)].reverse()) {
    if (hasSeen(write.shadow, lost)) continue;
    const why =
      lost === loser.write
        ? reason(write, lost, ahead)
        : `It was part of the value of ${loser.write.opId}, which lost to ${write.opId}.`;
    receipts.add(overwritten(merge, key, lost, write.opId, why));
  }
  for (const part of shown) {
    if (part === write)
      receipts.add(kept(merge, key, write, `It is shown and ${loser.write.opId} is not: it ${ahead}.`));
    else if (receipts.outcomeOf(merge, part.opId) === "overwritten")
      receipts.add(kept(merge, key, part, `It is part of the value of ${write.opId}.`));
  }
}

function reason(winner: Write, loser: Write, ahead: string): string {
  return hasSeen(loser.shadow, winner)
    ? `It was written after ${winner.opId} had been seen at ${cityOf(loser.site as SiteId)}, yet that one ${ahead}: its writer was told ok and it was never shown.`
    : `${winner.opId} at ${cityOf(winner.site as SiteId)} was written without knowing of it, and ${ahead}.`;
}
