import type { Refusal } from "../../merge/refusal";
import { giveUp, isOpen } from "../answer";
import type { Request } from "../request";
import type { Site } from "../site";

/** Requests that wait for a quorum. */
export type Waits = {
  /** `why`: what to say should it come to nothing. */
  readonly add: (request: Request, why: () => Refusal) => void;
  /** Gives up what has waited for a whole timeout. */
  readonly tick: () => void;
};

/** Nothing waits. */
export function createWaits(site: Site): Waits {
  const waiting = new Map<Request, { readonly sinceMono: number; readonly why: () => Refusal }>();
  return {
    add(request, why) {
      waiting.set(request, { sinceMono: site.now.mono, why });
    },
    tick() {
      const patienceMs = site.view?.cluster.detector.timeoutMs ?? 0;
      for (const [request, { sinceMono, why }] of [...waiting]) {
        if (!isOpen(site, request)) waiting.delete(request);
        else if (site.now.mono - sinceMono >= patienceMs) {
          waiting.delete(request);
          giveUp(site, request, why());
        }
      }
    },
  };
}
