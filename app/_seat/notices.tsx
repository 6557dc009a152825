"use client";
import { useEffect, useState } from "react";
import type { RunningSeat, Seat } from "@/lib/session/view-model";
import { Button } from "../_kit/button";
import { seconds } from "../_kit/format";
import { Notice } from "../_kit/notice";

/** What is going on that a student should know now, worst first. */
export function Notices({
  seat,
  onRejoin,
}: {
  readonly seat: RunningSeat;
  readonly onRejoin: Seat["rejoin"];
}) {
  const asleep = seat.podPicture?.sites.find((site) => site.id === seat.site)?.status === "asleep";
  return (
    <div role="status" className="space-y-2 empty:hidden">
      {seat.server === "away" && <ServerAway since={seat.serverAwaySince} />}
      {seat.lab.frozen && (
        <Notice title="The teacher has frozen the class">
          Writes are refused until it goes on. Nothing is lost.
        </Notice>
      )}
      {seat.state === "crashed" && (
        <Notice look="warn" title={`${seat.city} is down`}>
          Your site has crashed. Start it again below, or let the others find out how they do without it.
        </Notice>
      )}
      {seat.state === "paused" && (
        <Notice look="warn" title={`${seat.city} is paused`}>
          It handles nothing, while its messages pile up and time goes on. It does not know that itself.
        </Notice>
      )}
      {asleep && seat.state === "running" && (
        <Notice title="This page was asleep">
          The phone or the browser had put it to sleep, so the others counted {seat.city} as asleep. It is
          catching up.
        </Notice>
      )}
      {seat.engine.diverged !== null && (
        <Notice look="wrong" title={`${seat.city} stays out of replication`}>
          {seat.engine.diverged} <Rejoin onRejoin={onRejoin} />
        </Notice>
      )}
      {seat.engine.degraded !== null && seat.engine.role === "primary" && (
        <Notice look="warn" title="Writes are acknowledged without any replica">
          {seat.engine.degraded}
        </Notice>
      )}
      {seat.notices.map((text) => (
        <Notice key={text} look="warn" title={text} />
      ))}
      <FreshSeat seat={seat} />
    </div>
  );
}

/** The way back in, with its price; the console has the same. */
function Rejoin({ onRejoin }: { readonly onRejoin: Seat["rejoin"] }) {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  async function rejoin(): Promise<void> {
    setBusy(true);
    setRefused(await onRejoin());
    setBusy(false);
  }
  return (
    <>
      It comes back once somebody gives up the writes that it alone holds.
      <span className="mt-2 block">
        <Button size="small" disabled={busy} onClick={() => void rejoin()}>
          Give them up and rejoin
        </Button>
      </span>
      {refused !== null && <span className="mt-1 block">Not let in: {refused}</span>}
    </>
  );
}

function FreshSeat({ seat }: { readonly seat: RunningSeat }) {
  const [seen, setSeen] = useState(false);
  if (!seat.freshSeat || seen) return null;
  return (
    <Notice title={`This tab has a new seat: ${seat.city}`}>
      The seat in its address is in use in another tab, or has expired.{" "}
      <button type="button" className="underline" onClick={() => setSeen(true)}>
        All right
      </button>
    </Notice>
  );
}

function ServerAway({ since }: { readonly since: number | null }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const forHow = since === null ? "" : ` for ${seconds(Math.max(0, now - since))}`;
  return (
    <Notice look="warn" title={`The lab server is away${forHow}`}>
      Sites still talk to each other directly. Writes that need a lease stop when it runs out, and nobody is
      promoted. This page connects again by itself.
    </Notice>
  );
}
