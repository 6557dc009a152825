import { Check, CircleQuestionMark, LoaderCircle, X } from "lucide-react";
import type { Outcome } from "@/lib/protocol/operation";

type Kind = Outcome["status"] | "waiting";

/** An outcome by shape and word; `unknown` is never drawn like either of the others. */
const looks: Record<Kind, { icon: typeof Check; className: string; word: string }> = {
  ok: { icon: Check, className: "border-transparent bg-replica text-replica-ink rounded-full", word: "ok" },
  fail: { icon: X, className: "border-dead text-text rounded-[3px]", word: "fail" },
  unknown: {
    icon: CircleQuestionMark,
    className: "border-dashed border-suspect text-text rounded-full",
    word: "unknown",
  },
  waiting: { icon: LoaderCircle, className: "border-transparent text-muted", word: "under way" },
};

export function OutcomeMark({ outcome }: { readonly outcome: Outcome | null }) {
  const { icon: Icon, className, word } = looks[outcome?.status ?? "waiting"];
  return (
    <span className="inline-flex w-23 shrink-0 items-center gap-1.5 text-[0.8125rem] font-medium">
      <span className={`inline-flex size-5 items-center justify-center border-2 ${className}`}>
        <Icon aria-hidden="true" className="size-3.5" strokeWidth={2.6} />
      </span>
      {word}
    </span>
  );
}
