import { eraseJournal } from "./journal-idb";
import type { Vault } from "./vault";

/** Labs asked about per page load: asking for codes is rate-limited for everybody behind one address. */
const labsAsked = 5;

/** Leaves nothing of this lab's seats on this computer: journals and secrets. */
export async function eraseLab(vault: Vault, code: string): Promise<void> {
  for (const seat of await vault.all()) {
    if (seat.code === code) await eraseSeat(vault, seat.seatId);
  }
}

/** Leaves nothing of one seat: the journal first, so that a failure leaves the entry that names it. */
export async function eraseSeat(vault: Vault, seatId: string): Promise<void> {
  await eraseJournal(seatId).catch(() => {});
  await vault.forget(seatId);
}

/** Erases what is left of labs that have ended meanwhile; `present` is the lab of this page. */
export async function eraseEndedLabs(vault: Vault, present: string): Promise<void> {
  const codes = new Set((await vault.all()).map((seat) => seat.code as string));
  codes.delete(present);
  for (const code of [...codes].slice(0, labsAsked)) {
    if (await hasEnded(code)) await eraseLab(vault, code);
  }
}

async function hasEnded(code: string): Promise<boolean> {
  try {
    return (await fetch(`/api/labs/${code}`)).status === 404;
  } catch {
    return false;
  }
}
