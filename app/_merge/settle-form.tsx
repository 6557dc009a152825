"use client";
import { type FormEvent, useState } from "react";
import type { KeyState } from "@/lib/engine/types";
import type { Json } from "@/lib/kernel/json";
import type { Seat } from "@/lib/session/view-model";
import { Button } from "../_kit/button";
import { TextField } from "../_kit/field";
import { parseValue, shortValue } from "../_kit/format";
import type { NameOf } from "../_site/names";
import { inWords } from "../_site/writes";
import { settle, siblingsOf } from "./siblings";

/** One key with several values: choose one of them, or write the one that they should have been. */
export function SettleForm({
  name,
  values,
  state,
  unfit,
  run,
  nameOf,
}: {
  readonly name: string;
  /** All there is to choose from, what is shown first. */
  readonly values: readonly Json[];
  readonly state: KeyState;
  /** The application's rules about the key, which could make nothing of these values; "" where there are none. */
  readonly unfit: string;
  readonly run: Seat["run"];
  readonly nameOf: NameOf;
}) {
  const [draft, setDraft] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const isTree = siblingsOf(state) === null;
  const hidden = (state.beside?.length ?? 0) - 1;
  // A deletion among the writes has no value to show, so the two lists do not match one to one.
  const writers = state.beside?.length === values.length ? state.beside : null;

  async function choose(value: Json): Promise<void> {
    setBusy(true);
    setRefused(await settle(run, name, { seen: state, value }));
    setBusy(false);
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    void choose(parseValue(draft));
  }

  return (
    <section aria-label={`Settle ${name}`} className="border-t border-line py-3 first:border-t-0 first:pt-0">
      <h3 className="text-[0.875rem] font-semibold">
        <span className="font-mono">{name}</span>{" "}
        {isTree
          ? `shows one value, and keeps ${hidden} other ${hidden === 1 ? "branch" : "branches"}`
          : `holds ${values.length} values side by side`}
      </h3>
      <ul className="mt-2 space-y-1.5">
        {values.map((value, i) => (
          <li
            key={writers?.[i] ?? `${i}`}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-sunken py-1.5 pr-1.5 pl-3"
          >
            <span className="min-w-0 grow basis-52 font-mono text-[0.875rem] wrap-anywhere">
              {shortValue(value, 200)}
            </span>
            {writers !== null && (
              <span className="text-[0.8125rem] text-muted">{inWords(writers[i] ?? "", nameOf)}</span>
            )}
            {isTree && (
              <span className="text-[0.8125rem] text-muted">{i === 0 ? "shown" : "kept out of sight"}</span>
            )}
            <Button
              size="small"
              disabled={busy}
              aria-label={`Keep ${shortValue(value, 40)} for ${name}`}
              onClick={() => void choose(value)}
            >
              Keep this one
            </Button>
          </li>
        ))}
      </ul>
      {unfit !== "" && (
        <p className="mt-1.5 text-[0.8125rem] text-muted">
          The rule {unfit} makes nothing of values of these kinds, so a person decides.
        </p>
      )}
      {isTree && (
        <p className="mt-1.5 text-[0.8125rem] text-muted">
          Deleting what is shown brings the next branch into sight. Settling ends all branches
          {values.length <= hidden &&
            ", with those not listed here: they hold a value listed already, or none"}
          .
        </p>
      )}
      <form onSubmit={submit} className="mt-2 flex items-end gap-2">
        <TextField
          label={`Or write one value instead of all, for ${name}`}
          mono
          required
          className="flex-1"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
        <Button type="submit" disabled={busy}>
          Settle
        </Button>
      </form>
      <p role="status" className="text-[0.875rem] not-empty:mt-2">
        {refused !== null && `Not settled: ${refused}`}
      </p>
    </section>
  );
}
