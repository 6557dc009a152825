import type { EngineSnapshot } from "@/lib/engine/types";
import { Card } from "../_kit/card";
import { seconds } from "../_kit/format";
import type { NameOf } from "../_site/names";

type Monitor = NonNullable<EngineSnapshot["monitor"]>;

const opinionWords = {
  up: "up",
  down: "down, I think",
  "agreed-down": "down, we agree",
} as const;

/** What this site believes of the others, where the sites watch each other or decide among themselves. */
export function MonitorCard({ monitor, nameOf }: { readonly monitor: Monitor; readonly nameOf: NameOf }) {
  const { vote, tilted, opinions, doing } = monitor;
  return (
    <Card title="What this site believes">
      <ul className="text-[0.875rem]">
        {opinions.map(({ site, state, silentMs }) => (
          <li key={site} className="flex items-baseline gap-2 border-t border-line py-1.5 first:border-t-0">
            <span className="min-w-0 flex-1 font-medium">{nameOf(site)}</span>
            <span className={state === "up" ? "text-muted" : "font-medium"}>{opinionWords[state]}</span>
            <span className="w-14 text-right font-mono text-[0.8125rem]">
              {silentMs === null ? "…" : seconds(silentMs)}
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-2 text-[0.8125rem] text-muted">
        Since each was last heard.
        {vote !== null && ` Its last vote: ${nameOf(vote.leader)}, epoch ${vote.epoch}.`}
        {tilted && " Its own clock stood still, so it does not trust itself for a while."}
      </p>
      {doing !== null && <p className="mt-2 text-[0.875rem]">{doing}</p>}
    </Card>
  );
}
