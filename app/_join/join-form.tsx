"use client";
import { type FormEvent, useState } from "react";
import { Button } from "../_kit/button";
import { findLab } from "../_lab/api";
import { codeProblem, tidyCode } from "./join-url";

/** Joining by code. Forgives lower case, spaces, and a whole address pasted instead. */
export function JoinForm() {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function join(event: FormEvent): Promise<void> {
    event.preventDefault();
    const code = tidyCode(typed);
    const wrong = codeProblem(code);
    setProblem(wrong);
    if (wrong !== null) return;
    setBusy(true);
    const found = await findLab(code);
    if (found.ok || found.error.code !== "LAB_NOT_FOUND") {
      // A full page load: the seat's page must be able to end with its tab.
      if (found.ok) location.assign(`/lab/${code}`);
      else setProblem(found.error.message);
    } else {
      setProblem(`There is no lab ${code}. Look at the code on the projector again.`);
    }
    setBusy(found.ok);
  }

  return (
    <form onSubmit={(event) => void join(event)} noValidate>
      <label htmlFor="join-code" className="mb-1.5 block font-medium">
        Code from the projector
      </label>
      <div className="flex gap-2">
        <input
          id="join-code"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="ABC234"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby="join-problem"
          className="min-h-14 w-full min-w-0 rounded-xl border border-outline bg-surface px-4 font-mono text-2xl tracking-[0.14em] uppercase placeholder:text-muted"
        />
        <Button type="submit" tone="main" size="large" className="min-h-14" disabled={busy}>
          {busy ? "Joining…" : "Join"}
        </Button>
      </div>
      <p id="join-problem" role="alert" className="mt-1.5 min-h-6 text-[0.9375rem]">
        {problem}
      </p>
    </form>
  );
}
