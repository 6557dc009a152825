import type { Operation, Outcome } from "../protocol/operation";
import type { OpLine } from "./view-model";

const linesKept = 100;

/** What this seat's student asked for, newest first. The list is a new one after every change. */
export type OpLog = {
  readonly lines: () => readonly OpLine[];
  readonly began: (id: string, op: Operation, startedAt: number) => void;
  readonly ended: (id: string, outcome: Outcome, tookMs: number) => void;
};

export function createOpLog(): OpLog {
  let lines: readonly OpLine[] = [];
  return {
    lines: () => lines,
    began: (id, op, startedAt) => {
      const line: OpLine = { id, op, outcome: null, startedAt, tookMs: null };
      lines = [line, ...lines].slice(0, linesKept);
    },
    ended: (id, outcome, tookMs) => {
      lines = lines.map((line) => (line.id === id ? { ...line, outcome, tookMs } : line));
    },
  };
}
