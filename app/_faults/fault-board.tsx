"use client";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { ActionList } from "../_console/action-list";
import type { Action, Run } from "../_console/commands";
import { Card } from "../_kit/card";
import type { NameOf } from "../_site/names";
import { LinkForm } from "./link-form";
import { PartitionForm } from "./partition-form";

/** Breaking the network on purpose, and mending it. */
export function FaultBoard({
  pod,
  run,
  actions,
  nameOf,
}: {
  readonly pod: PodPicture;
  readonly run: Run;
  readonly actions: readonly Action[];
  readonly nameOf: NameOf;
}) {
  return (
    <Card title="Faults">
      <div className="grid gap-x-6 gap-y-4 xl:grid-cols-2">
        <section aria-label="Partition">
          <h3 className="mb-2 text-[0.9375rem] font-semibold">Partition into groups</h3>
          <PartitionForm pod={pod} run={run} nameOf={nameOf} />
        </section>
        <section
          aria-label="One link"
          className="border-line max-xl:border-t max-xl:pt-4 xl:border-l xl:pl-6"
        >
          <h3 className="mb-2 text-[0.9375rem] font-semibold">One link</h3>
          <LinkForm pod={pod} run={run} nameOf={nameOf} />
        </section>
        <section aria-label="Results" className="border-t border-line pt-4 xl:col-span-2">
          {pod.hints.length > 0 && (
            <ul className="mb-3 list-disc space-y-1 pl-5 text-[0.875rem]">
              {pod.hints.map((hint) => (
                <li key={hint}>{hint}</li>
              ))}
            </ul>
          )}
          <ActionList actions={actions} />
        </section>
      </div>
    </Card>
  );
}
