"use client";
import type { PodPicture, SitePicture } from "@/lib/protocol/lab/picture";
import type { Run } from "../_console/commands";
import { Button } from "../_kit/button";
import { ConfirmButton } from "../_kit/confirm";
import { siteNotes } from "../_topology/site-notes";
import { ConditionForms } from "./condition-forms";

type ActionProps = { readonly pod: PodPicture; readonly site: SitePicture; readonly run: Run };

/** What can be done to one site. The few common ones are in sight, the rest one step away. */
export function SiteActions({ pod, site, run }: ActionProps) {
  if (site.status === "empty") return null;
  const id = site.id;
  const paused = pod.faults.sites.some((entry) => entry.site === id && entry.condition.paused);
  return (
    <div className="mt-2 space-y-2">
      <div className="flex flex-wrap gap-1.5">
        {site.status === "dead" ? (
          <Button size="small" onClick={() => run(`Restart ${site.city}`, "restart", { site: id })}>
            Restart
          </Button>
        ) : (
          <Button size="small" onClick={() => run(`Crash ${site.city}`, "crash", { site: id, disk: "kept" })}>
            Crash
          </Button>
        )}
        {paused ? (
          <Button size="small" onClick={() => run(`Resume ${site.city}`, "resume", { site: id })}>
            Resume
          </Button>
        ) : (
          <Button size="small" onClick={() => run(`Pause ${site.city}`, "pause", { site: id })}>
            Pause
          </Button>
        )}
        <Button size="small" onClick={() => run(`Isolate ${site.city}`, "isolate", { site: id })}>
          Isolate
        </Button>
        {site.status === "diverged" && pod.view.cluster.rejoin === "follow" && (
          <Button size="small" onClick={() => run(`Let ${site.city} rejoin`, "rejoin", { site: id })}>
            Let it rejoin
          </Button>
        )}
      </div>
      <details>
        <summary className="w-fit text-[0.8125rem] text-muted">More for {site.city}</summary>
        <div className="mt-2 space-y-2.5">
          <RareActions pod={pod} site={site} run={run} />
          <ConditionForms pod={pod} site={site} run={run} />
        </div>
      </details>
    </div>
  );
}

function RareActions({ pod, site, run }: ActionProps) {
  const id = site.id;
  const cutOff = siteNotes(pod, site).includes("no coordinator");
  const coordinator = { from: id, to: "coordinator" };
  return (
    <div className="flex flex-wrap gap-1.5">
      <Button
        size="small"
        onClick={() => run(`Crash ${site.city} and lose its disk`, "crash", { site: id, disk: "lost" })}
      >
        Crash and lose the disk
      </Button>
      {cutOff ? (
        <Button
          size="small"
          onClick={() => run(`Give ${site.city} its coordinator back`, "mend", coordinator)}
        >
          Mend to coordinator
        </Button>
      ) : (
        <Button size="small" onClick={() => run(`Cut ${site.city} from the coordinator`, "cut", coordinator)}>
          Cut from coordinator
        </Button>
      )}
      {site.role !== "primary" && pod.view.cluster.mode === "active-passive" && (
        <>
          <Button size="small" onClick={() => run(`Promote ${site.city}`, "promote", { site: id })}>
            Promote
          </Button>
          <Button size="small" onClick={() => run(`Fail back to ${site.city}`, "failback", { site: id })}>
            Fail back
          </Button>
          <Button size="small" onClick={() => run(`Let ${site.city} rejoin`, "rejoin", { site: id })}>
            Rejoin
          </Button>
        </>
      )}
      <ConfirmButton
        size="small"
        text="Kick"
        label={`Kick ${site.city}`}
        question={`Take the seat of ${site.city} back?`}
        explain="Its tab is told so, its data are wiped, and the site is free for somebody else."
        confirm="Kick it"
        onConfirm={() => run(`Kick ${site.city}`, "kick", { site: id })}
      />
    </div>
  );
}
