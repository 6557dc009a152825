import { partsOf } from "../engine/parts";
import type { CoordinatorToSite } from "../protocol/coordination/message";
import { hasParts, loadParts } from "./engine-parts";

/** What the coordinator says, in order, each view once the parts of the engine that it needs are here. */
export type PartsGate = {
  readonly pass: (message: CoordinatorToSite) => void;
  /** Nothing passes any more. */
  readonly close: () => void;
};

export function createPartsGate(obey: (message: CoordinatorToSite) => void): PartsGate {
  /** What was said since a view whose part is still being loaded, that view first. */
  let heldBack: CoordinatorToSite[] | null = null;
  let closed = false;

  function pass(message: CoordinatorToSite): void {
    if (heldBack !== null) heldBack.push(message);
    else if (message.type === "view" && !hasParts(partsOf(message.view.cluster))) {
      heldBack = [message];
      void loadParts(partsOf(message.view.cluster)).then(catchUp);
    } else obey(message);
  }

  function catchUp(): void {
    const due = heldBack ?? [];
    heldBack = null;
    if (!closed) for (const message of due) pass(message);
  }

  return {
    pass,
    close() {
      closed = true;
    },
  };
}
