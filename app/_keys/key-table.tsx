"use client";
import { useMemo } from "react";
import type { EngineSnapshot, KeyState } from "@/lib/engine/types";
import { Card } from "../_kit/card";
import { shortValue } from "../_kit/format";
import { siblingsOf } from "../_merge/siblings";
import type { NameOf } from "../_site/names";
import { inWords } from "../_site/writes";

const shown = 200;

/** Everything this site holds. Sorted by key; a site may hold 10,000, so only the first are drawn. */
export function KeyTable({
  keys,
  nameOf,
}: {
  readonly keys: EngineSnapshot["keys"];
  readonly nameOf: NameOf;
}) {
  const all = useMemo(() => Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)), [keys]);
  return (
    <Card
      title="Keys at this site"
      aside={
        <p className="text-[0.8125rem] text-muted">
          {all.length} {all.length === 1 ? "key" : "keys"}
        </p>
      }
    >
      {all.length === 0 ? (
        <p className="text-muted">This site holds no keys yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling table must be reachable by keyboard.
        <section tabIndex={0} aria-label="Table of keys" className="max-h-80 overflow-auto">
          <table className="w-full table-fixed text-left text-[0.875rem]">
            <thead className="sticky top-0 bg-surface text-[0.8125rem] text-muted">
              <tr>
                <th className="w-1/4 py-1 pr-3 font-medium">Key</th>
                <th className="py-1 pr-3 font-medium">Value</th>
                <th className="w-20 py-1 pr-3 font-medium max-sm:hidden">Kind</th>
                <th className="w-1/4 py-1 font-medium">As of</th>
              </tr>
            </thead>
            <tbody className="font-mono text-[0.8125rem]">
              {all.slice(0, shown).map(([key, state]) => (
                <tr key={key} className="border-t border-line align-top">
                  <th scope="row" className="py-1.5 pr-3 font-medium break-words">
                    {key}
                  </th>
                  <td className="py-1.5 pr-3 break-words">
                    <Value state={state} />
                  </td>
                  <td className="py-1.5 pr-3 text-muted max-sm:hidden">{state.type}</td>
                  <td className="py-1.5 font-sans break-words text-muted">
                    {state.version === null ? "nobody" : inWords(state.version, nameOf)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {all.length > shown && <p className="pt-2 text-muted">and {all.length - shown} more</p>}
        </section>
      )}
    </Card>
  );
}

/** Values that stand side by side are drawn so, one below the other. */
function Value({ state }: { readonly state: KeyState }) {
  const siblings = siblingsOf(state);
  if (siblings === null) return shortValue(state.value, 240);
  return (
    <>
      <span className="font-sans text-muted">{siblings.length} values side by side</span>
      <ul>
        {siblings.map((value, i) => (
          <li key={state.beside?.[i] ?? i} className="border-l-2 border-outline pl-2">
            {shortValue(value, 240)}
          </li>
        ))}
      </ul>
    </>
  );
}
