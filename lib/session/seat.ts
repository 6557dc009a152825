import type { ApiError, ClaimReply } from "../protocol/lab/wire";
import { unserved } from "../protocol/operation";
import { claimSeat, isPassing } from "./claim";
import type { OverReason } from "./connection";
import { createFrameStore } from "./frame-store";
import { eraseEndedLabs, eraseLab, eraseSeat } from "./housekeeping";
import { createSeatAtWork, type SeatAtWork } from "./seat-at-work";
import { readSeatFragment, writeSeatFragment } from "./seat-fragment";
import { createVault } from "./vault";
import type { Seat, SeatOptions, SeatView } from "./view-model";

/** A claim that could not be made is tried again after this. */
const retryMs = 1_000;

type Life =
  | { readonly phase: "joining" }
  | { readonly phase: "refused"; readonly error: ApiError }
  | { readonly phase: "over"; readonly why: OverReason }
  | { readonly phase: "at-work"; readonly work: SeatAtWork };

/**
 * This tab's seat in a lab: claims one (the old one if the fragment names it and its secret is here),
 * runs its site, and gives it up when the page goes away. A page that comes back from the browser's
 * back-forward cache claims again, and so is a new incarnation. Create one per page.
 */
export function createSeat({ code, wish }: SeatOptions): Seat {
  const vault = createVault();
  let life: Life = { phase: "joining" };
  let closed = false;
  const store = createFrameStore<SeatView>(viewOf);

  function viewOf(): SeatView {
    if (life.phase !== "at-work") return life;
    const running = life.work.view();
    return running === null ? { phase: "joining" } : { phase: "running", ...running };
  }

  function become(next: Life): void {
    if (life.phase === "at-work") life.work.leave();
    life = next;
    store.touch();
  }

  async function join(): Promise<void> {
    become({ phase: "joining" });
    const wanted = readSeatFragment();
    for (;;) {
      const kept = wanted === null ? null : await vault.find(wanted);
      const claimed = await claimSeat({ code, old: kept?.code === code ? kept : null, wish });
      if (closed) return;
      if (claimed.ok) return work(claimed.value, wanted !== null && !claimed.value.resumed);
      if (!isPassing(claimed.error)) return refused(claimed.error);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  function work(claim: ClaimReply, freshSeat: boolean): void {
    const { seatId, secret } = claim;
    void vault.keep({ seatId, secret, code: claim.code }).then(() => eraseEndedLabs(vault, code));
    writeSeatFragment(seatId);
    const started = createSeatAtWork(claim, freshSeat, {
      onChange: store.touch,
      onRefused: (error) => {
        if (error.code === "LAB_NOT_FOUND") over("lab-ended", seatId);
        else if (error.code === "SEAT_TAKEN") over("superseded", seatId);
        else refused(error);
      },
      onOver: (why) => over(why, seatId),
    });
    become({ phase: "at-work", work: started });
  }

  function refused(error: ApiError): void {
    become({ phase: "refused", error });
    if (error.code === "LAB_NOT_FOUND") void eraseLab(vault, code);
  }

  function over(why: OverReason, seatId: string): void {
    become({ phase: "over", why });
    if (why === "lab-ended") void eraseLab(vault, code);
    if (why === "kicked") void eraseSeat(vault, seatId);
  }

  function atWork(): SeatAtWork | null {
    return life.phase === "at-work" ? life.work : null;
  }

  const forgetPage = watchPage({
    onHide: () => become({ phase: "joining" }),
    onReturn: () => void join(),
    onVisibility: (hidden) => atWork()?.visibility(hidden),
  });
  void join();

  return {
    store,
    look: store.fresh,
    run: async (op, context) => atWork()?.run(op, context) ?? notJoined,
    crash: async (disk) => {
      await atWork()?.crash(disk);
      store.fresh();
    },
    restart: async () => {
      await atWork()?.restart();
      store.fresh();
    },
    rejoin: async () => (await atWork()?.rejoin()) ?? null,
    dismissDiscarded: () => atWork()?.dismissDiscarded(),
    editPage: (edit) => atWork()?.editPage(edit),
    writeLwwPage: (text) => atWork()?.writeLwwPage(text),
    moveCursor: (at, head) => atWork()?.moveCursor(at, head),
    close: () => {
      closed = true;
      forgetPage();
      become({ phase: "joining" });
      store.close();
    },
  };
}

const notJoined = { ...unserved("fail", "SITE_DOWN", "This tab has no site."), tookMs: 0 };

type PageEvents = {
  readonly onHide: () => void;
  /** The page came back from the back-forward cache, with everything it had closed. */
  readonly onReturn: () => void;
  readonly onVisibility: (hidden: boolean) => void;
};

function watchPage({ onHide, onReturn, onVisibility }: PageEvents): () => void {
  const onPageShow = (event: PageTransitionEvent) => void (event.persisted && onReturn());
  const onVisibilityChange = () => onVisibility(document.hidden);
  window.addEventListener("pagehide", onHide);
  window.addEventListener("pageshow", onPageShow);
  document.addEventListener("visibilitychange", onVisibilityChange);
  return () => {
    window.removeEventListener("pagehide", onHide);
    window.removeEventListener("pageshow", onPageShow);
    document.removeEventListener("visibilitychange", onVisibilityChange);
  };
}
