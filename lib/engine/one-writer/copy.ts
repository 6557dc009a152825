import { covers, mergeVectors } from "../../clock/vector";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { Copy } from "../../protocol/site/message";
import { type Keys, storedKeys } from "../log/keys";
import { fold, restartAt, shownOf } from "../log/log";
import type { Site } from "../site";
import type { DiscardedWrite, JournalRecord } from "../types";
import { lineageOf, type WriterLog } from "./log";
import { cutReigns, forkOf } from "./reigns";

type LogCopy = Extract<Copy, { kind: "log" }>;

/** Everything that readers see here, for a site whose log does not reach this one's. */
export function logCopy(site: Site, log: WriterLog): LogCopy {
  return copyAt(site, shownOf(log), log.shownKeys);
}

/** The compact journal: the base, and the entries after it. */
export function journalOf(site: Site, log: WriterLog): readonly JournalRecord[] {
  fold(log);
  const copy = copyAt(site, log.base, log.baseKeys);
  return [
    { type: "copy", copy, generation: site.generation },
    ...log.entries.map((entry) => ({ type: "entry", entry }) as const),
  ];
}

/** Replaces the log by a copy. */
export function installLog(site: Site, log: WriterLog, copy: Copy): void {
  if (copy.kind !== "log") return;
  restartAt(log, copy.position, copy.keys);
  site.history = copy.history;
  site.shadow = mergeVectors(site.shadow, copy.shadow);
}

/** The entries of this log that a copy of the same generation leaves out: whatever comes after the fork. */
export function entriesBeyond(site: Site, log: WriterLog, copy: Copy): readonly LogEntry[] {
  if (copy.kind !== "log") return [];
  const fork = forkOf(lineageOf(site, log), { history: copy.history, end: copy.position });
  return log.entries.filter(({ lsn }) => lsn > fork.lsn);
}

/** The entries of this log that the maker of a later generation's copy had not seen: positions begin anew there. */
export function entriesUnseen(log: WriterLog, copy: Copy): readonly LogEntry[] {
  const seen = copy.kind === "merge" ? copy.past : copy.shadow;
  return log.entries.filter(({ shadow }) => !covers(seen, shadow));
}

/** The lasting form of an entry that was lost. */
export function discardedWrite(entry: LogEntry, acknowledged: boolean, why: string): DiscardedWrite {
  const { opId, op, epoch, lsn } = entry;
  return { opId, op, position: { epoch, lsn }, acknowledged, why };
}

/** True when a copy brings something that this log does not hold already. */
export function bringsMore(site: Site, log: WriterLog, copy: Copy): boolean {
  if (copy.kind !== "log") return false;
  const fork = forkOf(lineageOf(site, log), { history: copy.history, end: copy.position });
  return fork.lsn < copy.position.lsn;
}

function copyAt(site: Site, position: LogCopy["position"], keys: Keys): LogCopy {
  const history = [...cutReigns(site.history, position.lsn)];
  return { kind: "log", position, history, keys: [...storedKeys(keys)], shadow: site.shadow };
}
