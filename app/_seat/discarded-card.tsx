"use client";
import type { DiscardedWrite } from "@/lib/engine/types";
import { Button } from "../_kit/button";
import { Card } from "../_kit/card";
import { download } from "../_kit/download";
import { operationText } from "../_kit/format";
import type { NameOf } from "../_site/names";
import { inWords } from "../_site/writes";

/** The writes this site held that the surviving history does not: the price of a failover, by name. */
export function DiscardedCard({
  writes,
  site,
  isOut,
  nameOf,
  onDismiss,
}: {
  readonly writes: readonly DiscardedWrite[];
  readonly site: string;
  /** The site stays out of replication, with these writes still at the end of its log. */
  readonly isOut: boolean;
  readonly nameOf: NameOf;
  readonly onDismiss: () => void;
}) {
  const [these, are] = writes.length === 1 ? ["This write", "is"] : [`These ${writes.length} writes`, "are"];
  const acknowledged = writes.filter((write) => write.acknowledged).length;
  return (
    <Card title={`${these} ${are} not in the surviving history`} className="border-l-4 border-l-diverged">
      <p className="mb-3 text-muted">
        The pod goes on with a history that does not have {writes.length === 1 ? "it" : "them"}.{" "}
        {isOut
          ? `This site still holds ${writes.length === 1 ? "it" : "them"}, and shows that to nobody.`
          : "This site has taken that history over."}{" "}
        {acknowledged === 0
          ? "It is not known that anybody was told they were saved."
          : `${acknowledged} had been acknowledged: somebody was told "ok" for a write that is gone.`}
      </p>
      <ul className="mb-4 max-h-64 overflow-y-auto">
        {writes.map((write) => (
          <li key={write.opId} className="border-t border-line py-1.5">
            <p className="font-mono text-[0.8125rem] break-words">{operationText(write.op)}</p>
            <p className="text-[0.8125rem] text-muted">
              {inWords(write.opId, nameOf)}, position {write.position.epoch}:{write.position.lsn},{" "}
              {write.acknowledged ? "acknowledged" : "not known to have been acknowledged"}.{" "}
              {inWords(write.why, nameOf)}
            </p>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => download(`faultline-${site}-discarded.json`, JSON.stringify(writes, null, 2))}>
          Download them
        </Button>
        <Button tone="main" onClick={onDismiss}>
          I have seen them
        </Button>
      </div>
    </Card>
  );
}
