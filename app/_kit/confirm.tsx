"use client";
import { type ReactNode, useRef } from "react";
import { Button } from "./button";

/** A button that asks before it acts, in the browser's own dialog: focus and Escape work by themselves. */
export function ConfirmButton({
  text,
  question,
  explain,
  confirm,
  onConfirm,
  tone = "plain",
  size = "normal",
  label,
}: {
  readonly text: ReactNode;
  readonly question: string;
  readonly explain: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly tone?: "plain" | "strong" | "quiet";
  readonly size?: "small" | "normal" | "large";
  readonly label?: string;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <Button tone={tone} size={size} aria-label={label} onClick={() => dialog.current?.showModal()}>
        {text}
      </Button>
      <dialog
        ref={dialog}
        aria-label={question}
        className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-xl border border-line bg-surface p-5 text-text"
      >
        <p className="text-base font-semibold">{question}</p>
        <p className="mt-1 text-muted">{explain}</p>
        <form method="dialog" className="mt-5 flex flex-wrap justify-end gap-2">
          <Button type="submit">Cancel</Button>
          <Button type="submit" tone="strong" onClick={onConfirm}>
            {confirm}
          </Button>
        </form>
      </dialog>
    </>
  );
}
