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
            <li
              key={link.to}
              className="flex flex-wrap items-baseline gap-x-2 border-t border-line py-1.5 first:border-t-0"
            >
              <span className="min-w-24 flex-1 font-medium">{nameOf(link.to)}</span>
              <span className="text-muted">{linkWords[link.status]}</span>
              <span className="rounded border border-outline px-1.5 text-[0.8125rem]">
                {viaWords[link.via]}
              </span>
              <span className="w-16 text-right font-mono text-[0.8125rem] text-muted">
                {link.rttMs === null ? "…" : `${Math.round(link.rttMs)} ms`}
              </span>
              {link.relayReason !== null && (
                <span className="w-full text-[0.8125rem] text-muted">{link.relayReason}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
