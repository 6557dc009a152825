"use client";
import { Power, RotateCcw } from "lucide-react";
import { useState } from "react";
import type { Seat } from "@/lib/session/view-model";
import { Button } from "../_kit/button";
import { Card } from "../_kit/card";
import { Choice } from "../_kit/choice";

const disks = [
  { value: "kept", text: "Keep the disk" },
  { value: "lost", text: "Lose the disk too" },
] as const;

/** Crashing on purpose, for those who cannot close their tab (a phone) and those who want it back. */
export function FailCard({
  seat,
  city,
  crashed,
}: {
  readonly seat: Seat;
  readonly city: string;
  readonly crashed: boolean;
}) {
  const [disk, setDisk] = useState<"kept" | "lost">("kept");
  if (crashed) {
    return (
      <Card title={`${city} is down`}>
        <p className="mb-3 text-muted">
          It comes back with what its disk holds, and catches up with the others.
        </p>
        <Button tone="main" size="large" className="w-full" onClick={() => void seat.restart()}>
          <RotateCcw aria-hidden="true" className="size-5" />
          Start my site again
        </Button>
      </Card>
    );
  }
  return (
    <Card title="Break it">
      <Choice label="What happens to its disk" options={disks} value={disk} onChange={setDisk} />
      <Button tone="strong" size="large" className="mt-3 w-full" onClick={() => void seat.crash(disk)}>
        <Power aria-hidden="true" className="size-5" />
        Fail my site
      </Button>
      <p className="mt-2 text-[0.8125rem] text-muted">
        Closing this tab does the same. Open it again and {city} returns with its disk.
      </p>
    </Card>
  );
}
