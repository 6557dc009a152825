import type { OpLine } from "@/lib/session/view-model";
import { Card } from "../_kit/card";
import { operationText, shortValue } from "../_kit/format";
import type { NameOf } from "../_site/names";
import { OutcomeMark } from "./outcome-mark";

/** What became of this seat's operations, newest first. */
export function OperationLog({ ops, nameOf }: { readonly ops: readonly OpLine[]; readonly nameOf: NameOf }) {
  return (
    <Card title="Your operations" aside={<Tally ops={ops} />}>
      {ops.length === 0 ? (
        <p className="text-muted">Nothing yet. Put a value and watch where it goes.</p>
      ) : (
        <ol
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard.
          tabIndex={0}
          aria-label="Operations, newest first"
          className="-mx-1 max-h-[26rem] overflow-y-auto px-1"
        >
          {ops.map((line) => (
            <li key={line.id} className="flex gap-2 border-t border-line py-1.5 first:border-t-0">
              <OutcomeMark outcome={line.outcome} />
              <div className="min-w-0 flex-1">
                <p className="font-mono text-[0.8125rem] break-words">{operationText(line.op)}</p>
                <p className="text-[0.8125rem] text-muted wrap-anywhere">{consequence(line, nameOf)}</p>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Tally({ ops }: { readonly ops: readonly OpLine[] }) {
  const count = (status: string) => ops.filter((line) => line.outcome?.status === status).length;
  return (
    <p className="text-[0.8125rem] text-muted">
      {count("ok")} ok · {count("fail")} fail · {count("unknown")} unknown
    </p>
  );
}

/** The result in words; also what the narrator says. */
export function consequence(line: OpLine, nameOf: NameOf): string {
  const took = line.tookMs === null ? "" : ` · ${Math.round(line.tookMs)} ms`;
  const { outcome } = line;
  if (outcome === null) return "under way";
  if (outcome.status !== "ok") return `${outcome.why}${took}`;
  const showsValue = line.op.f === "get" || line.op.f === "increment";
  const value = showsValue ? `${shortValue(outcome.value)} · ` : "";
  return `${value}by ${nameOf(outcome.servedBy)}, epoch ${outcome.epoch}${took}`;
}

/** The newest operation's outcome, next to the form that made it. */
export function OperationResult({
  line,
  nameOf,
}: {
  readonly line: OpLine | undefined;
  readonly nameOf: NameOf;
}) {
  if (line === undefined) return null;
  return (
    <p className="mt-3 flex items-baseline gap-2 text-[0.875rem]">
      <OutcomeMark outcome={line.outcome} />
      <span className="min-w-0 wrap-anywhere">
        <span className="font-mono text-[0.8125rem]">{operationText(line.op)}</span>
        <span className="text-muted"> {consequence(line, nameOf)}</span>
      </span>
    </p>
  );
}
