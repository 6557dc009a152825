"use client";
import { HeartPulse, Lock, LockOpen, Play, RotateCcw, Snowflake, Trash2 } from "lucide-react";
import type { LabPicture } from "@/lib/protocol/lab/picture";
import { Button } from "../_kit/button";
import { ConfirmButton } from "../_kit/confirm";
import { ActionLine } from "./action-list";
import type { Action, Run } from "./commands";

const icon = "size-4.5";

/** What concerns the whole class, always in reach, with the result of whatever was done last. */
export function ClassControls({
  lab,
  run,
  onErase,
  latest,
}: {
  readonly lab: LabPicture;
  readonly run: Run;
  readonly onErase: () => void;
  readonly latest: Action | undefined;
}) {
  return (
    <div className="z-10 -mx-4 flex flex-wrap items-center gap-2 border-b border-line bg-canvas px-4 py-2 lg:sticky lg:top-0">
      <Button tone="main" onClick={() => run("Heal everything", "heal")}>
        <HeartPulse aria-hidden="true" className={icon} />
        Heal everything
      </Button>
      {lab.frozen ? (
        <Button onClick={() => run("Unfreeze the class", "unfreeze")}>
          <Play aria-hidden="true" className={icon} />
          Unfreeze
        </Button>
      ) : (
        <Button onClick={() => run("Freeze the class", "freeze")}>
          <Snowflake aria-hidden="true" className={icon} />
          Freeze all
        </Button>
      )}
      <LockButton locked={lab.locked} run={run} />
      <ConfirmButton
        text={
          <>
            <RotateCcw aria-hidden="true" className={icon} />
            Reset
          </>
        }
        question="Empty every site of this pod?"
        explain="Data and faults go, the class stays in its seats."
        confirm="Reset it"
        onConfirm={() => run("Reset", "reset")}
      />
      <ConfirmButton
        tone="quiet"
        text={
          <>
            <Trash2 aria-hidden="true" className={icon} />
            Erase lab
          </>
        }
        question={`Erase lab ${lab.code}?`}
        explain="Every seat ends, and the server forgets everything about it. There is no way back."
        confirm="Erase it"
        onConfirm={onErase}
      />
      {latest !== undefined && (
        <p className="min-w-0 flex-1 text-[0.875rem] lg:max-w-[34rem]">
          <ActionLine action={latest} />
        </p>
      )}
    </div>
  );
}

function LockButton({ locked, run }: { readonly locked: boolean; readonly run: Run }) {
  const [Icon, word, verb] = locked
    ? ([LockOpen, "Unlock", "unlock"] as const)
    : ([Lock, "Lock", "lock"] as const);
  return (
    <Button onClick={() => run(`${word} the lab`, verb)}>
      <Icon aria-hidden="true" className={icon} />
      {word}
    </Button>
  );
}
