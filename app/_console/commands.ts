"use client";
import { useCallback, useState } from "react";
import type { Json } from "@/lib/kernel/json";
import type { PodId } from "@/lib/protocol/ids";
import type { LabClient } from "@/lib/session/view-model";
import { listWords, type NameOf } from "../_site/names";

/** One thing the teacher did, and what came of it. */
export type Action = {
  readonly id: number;
  /** What was asked for, in words. */
  readonly text: string;
  readonly result: string | null;
  readonly refused: boolean;
};

/** Does one verb to the present pod; `text` is how the action is told. */
export type Run = (text: string, verb: string, fields?: Readonly<Record<string, Json>>) => void;

const kept = 12;
let nextId = 1;

/** Sends commands for one pod and remembers the last of them with their results, newest first. */
export function useCommands(
  client: LabClient,
  pod: PodId,
  nameOf: NameOf,
): { readonly run: Run; readonly actions: readonly Action[] } {
  const [actions, setActions] = useState<readonly Action[]>([]);
  const run: Run = useCallback(
    async (text, verb, fields = {}) => {
      const id = nextId++;
      setActions((old) => [{ id, text, result: null, refused: false }, ...old].slice(0, kept));
      const answer = await client.command(verb, { ...fields, pod });
      const result = answer.ok ? doneWords(answer.tookMs, answer.unreached, nameOf) : answer.error.message;
      setActions((old) =>
        old.map((action) => (action.id === id ? { ...action, result, refused: !answer.ok } : action)),
      );
    },
    [client, pod, nameOf],
  );
  return { run, actions };
}

function doneWords(tookMs: number, unreached: readonly string[], nameOf: NameOf): string {
  const took = `done in ${Math.round(tookMs)} ms`;
  return unreached.length === 0 ? took : `${took}; not confirmed by ${listWords(unreached.map(nameOf))}`;
}
