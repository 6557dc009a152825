import { covers } from "../../clock/vector";
import type { Refusal } from "../../merge/refusal";
import { cityOf } from "../../protocol/words";
import { note, peersOf, persist, type Site } from "../site";
import type { Held } from "./held";
import type { Stamps } from "./stamps";

/**
 * A site that has lost its disk. What the others have let go of it may know no more, so it serves nobody
 * until it has seen all that one of them had (as a replaced instance of Redis Active-Active).
 */
export type Newcomer = {
  /** Why it serves nobody now; null where it does. */
  readonly refusal: () => Refusal | null;
  /** Others have told, or sent, something: perhaps that was all. */
  readonly look: () => void;
};

/** Watches over `held.isNew`. */
export function createNewcomer(site: Site, held: Held, stamps: Stamps): Newcomer {
  return {
    refusal() {
      if (!held.isNew) return null;
      const why = `${cityOf(site.identity.site)} has lost its disk: it serves nobody until another site has told it what was deleted.`;
      return { error: "REBUILDING", why };
    },
    look() {
      if (!held.isNew) return;
      const told = peersOf(site).map((peer) => held.told.get(peer));
      const teacher = told.find((one) => one?.isNew === false && covers(held.store.seen(), one.seen));
      // Where all have lost their disks there is nobody to learn from, and nothing to learn.
      if (teacher === undefined && !told.every((one) => one?.isNew)) return;
      held.isNew = false;
      persist(site, [{ type: "life", incarnation: held.life }]);
      if (teacher?.stampsFrom != null) stamps.raise(teacher.stampsFrom);
      note(site, "Caught up with what was written and deleted before its disk was lost, and serves again.");
    },
  };
}
