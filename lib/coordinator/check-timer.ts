import type { View } from "../protocol/view";
import type { Router } from "./router";

/** Tells a router of views, and lets it check the sites as often as it then wants to. */
export type CheckTimer = {
  readonly setView: (view: View) => void;
  readonly stop: () => void;
};

/** `after` runs something once, in ms of its host's clock, unless what it returns is called before. */
export function createCheckTimer(
  router: Router,
  after: (ms: number, run: () => void) => () => void,
): CheckTimer {
  let cancel: (() => void) | null = null;

  function checkLater(): void {
    cancel?.();
    const everyMs = router.checkEveryMs();
    if (everyMs === null) return;
    cancel = after(everyMs, () => {
      router.check();
      checkLater();
    });
  }

  return {
    setView(view) {
      const everyMs = router.checkEveryMs();
      router.setView(view);
      if (router.checkEveryMs() !== everyMs) checkLater();
    },
    stop: () => cancel?.(),
  };
}
