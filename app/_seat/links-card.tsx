import type { LinkInfo } from "@/lib/net/link";
import { Card } from "../_kit/card";
import type { NameOf } from "../_site/names";
import { linkWords, viaWords } from "../_topology/link-words";

/** Every path from this site to another, and which way its messages go. */
export function LinksCard({
  links,
  nameOf,
}: {
  readonly links: readonly LinkInfo[];
  readonly nameOf: NameOf;
}) {
  return (
    <Card title="Links">
      {links.length === 0 ? (
        <p className="text-muted">No other site is here yet.</p>
      ) : (
        <ul className="text-[0.875rem]">
          {links.map((link) => (
            <li key={link.to} className="border-t border-line py-1.5 first:border-t-0">
              <p className="flex items-baseline gap-2">
                <span className="min-w-0 flex-1 font-medium">{nameOf(link.to)}</span>
                <span className="text-muted">{linkWords[link.status]}</span>
                <span className="w-14 text-right font-mono text-[0.8125rem]">
                  {link.rttMs === null ? "…" : `${Math.round(link.rttMs)} ms`}
                </span>
              </p>
              <p className="flex items-baseline gap-2 text-[0.8125rem] text-muted">
                <span className="shrink-0 rounded border border-outline px-1.5 text-text">
                  {viaWords[link.via]}
                </span>
                {link.relayReason}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
