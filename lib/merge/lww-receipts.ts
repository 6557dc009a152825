import type { Write } from "../protocol/site/merge-copy";
import { writesOf } from "./chain";
import { kept, overwritten, type Receipts } from "./receipts";
import type { Meeting } from "./stamped-map";
import { hasSeen } from "./write";

type LwwRule = "lww" | "lww-hlc";
export const lwwRules = ["lww", "lww-hlc"] as const satisfies readonly LwwRule[];
const clocks: Readonly<Record<LwwRule, string>> = { lww: "wall clock", "lww-hlc": "hybrid clock" };

/**
 * Notes what a last-write-wins rule did when two writes of one key met: nothing when the winner had seen
 * the loser, for then somebody meant to overwrite it. Whatever else was in the loser's value went with
 * it, and what was taken for lost and is in the winner's value is not.
 */
export function noteMeeting(
  receipts: Receipts,
  merge: LwwRule,
  key: string,
  { winner, loser }: Meeting,
): void {
  const { write } = winner;
  if (hasSeen(write.shadow, loser.write)) return;
  const shown = writesOf(winner.chain);
  for (const lost of [...writesOf(loser.chain)].reverse()) {
    if (hasSeen(write.shadow, lost)) continue;
    const why =
      lost === loser.write
        ? reason(merge, write, lost)
        : `It was part of the value of ${loser.write.opId}, which lost to ${write.opId}.`;
    receipts.add(overwritten(merge, key, lost, write.opId, why));
  }
  for (const part of shown) {
    if (part === write)
      receipts.add(kept(merge, key, write, `It carries a later ${clocks[merge]} than ${loser.write.opId}.`));
    else if (receipts.isLost(merge, part.opId))
      receipts.add(kept(merge, key, part, `It is part of the value of ${write.opId}.`));
  }
}

function reason(merge: LwwRule, winner: Write, loser: Write): string {
  const clock = clocks[merge];
  return hasSeen(loser.shadow, winner)
    ? `It was written after ${winner.opId} had been seen at ${loser.site}, yet the ${clock} of ${winner.site} was ahead: its writer was told ok and it was never shown.`
    : `${winner.opId} at ${winner.site} was written without knowing of it, and carries the later ${clock}.`;
}
