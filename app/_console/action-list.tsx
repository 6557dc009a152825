import { Check, LoaderCircle, X } from "lucide-react";
import type { Action } from "./commands";

/** What the teacher did last and what came of it. Refusals stay readable: they say why. */
export function ActionList({ actions }: { readonly actions: readonly Action[] }) {
  if (actions.length === 0) return <p className="text-[0.875rem] text-muted">What you do is listed here.</p>;
  return (
    <ol aria-label="Your last actions" className="space-y-1 text-[0.875rem]">
      {actions.slice(0, 6).map((action) => (
        <li key={action.id}>
          <ActionLine action={action} />
        </li>
      ))}
    </ol>
  );
}

/** One action and its result. */
export function ActionLine({ action }: { readonly action: Action }) {
  const Icon = action.result === null ? LoaderCircle : action.refused ? X : Check;
  return (
    <span className="flex gap-2">
      <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" strokeWidth={2.4} />
      <span className="min-w-0">
        {action.text}
        <span className="text-muted">
          {action.result === null
            ? " …"
            : action.refused
              ? `: refused. ${action.result}`
              : `: ${action.result}`}
        </span>
      </span>
    </span>
  );
}
