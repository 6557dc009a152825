import type { ApplyRefusal } from "../../merge/store";
import type { SiteId } from "../../protocol/ids";
import { cityOf } from "../../protocol/words";

/** What is wrong with what another site has sent, in words; its name is for tests and for counting. */
const words: Readonly<Record<ApplyRefusal, string>> = {
  UPDATE_UNREADABLE: "Yjs cannot read it",
  UPDATE_FORGED: "it edits under another site's Yjs client id",
  UPDATE_OUT_OF_TURN: "it does not go on where its site's last edit ended",
  UPDATE_FOREIGN: "it holds what no site of ours writes",
  ACTOR_FORGED: "it is written in the name of another site",
  TOO_MANY_KEYS: "no more keys fit here",
};

/** "Pune: it is written in the name of another site (ACTOR_FORGED)". */
export function refusedFrom(site: SiteId, refusal: ApplyRefusal): string {
  return `${cityOf(site)}: ${words[refusal]} (${refusal})`;
}
