import { unreachable } from "../../kernel/assert";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { origin } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { SiteMessageOf } from "../../protocol/site/message";
import { noteDiscarded } from "../discard";
import { endOf, entriesFrom, holds, restartAt } from "../log/log";
import { note, persist } from "../site";
import { upstreamOf } from "./cascade";
import { askForCopy, askToFollow, lostWrites } from "./following";
import { rewindTo } from "./log";
import { isSame, reignAt } from "./reigns";
import { divergedSentence } from "./sentences";
import type { OneWriter } from "./state";

type Diverged = SiteMessageOf<"diverged">;

/**
 * This log left its upstream's after `fork`: the axis `rejoin` says what becomes of it. True where the
 * journal must be rewritten.
 */
export function onDiverged(writer: OneWriter, from: SiteId, message: Diverged): boolean {
  const { site, out } = writer;
  if (from !== upstreamOf(writer) || out?.kind === "copying" || !isTrue(writer, message)) return false;
  const { rejoin } = site.view?.cluster ?? { rejoin: "rewind" };
  switch (rejoin) {
    case "rewind":
      rewind(writer, from, message);
      return false;
    case "follow":
      stayOut(writer, from, message);
      return false;
    case "reinit":
      copyAll(writer, from, message);
      return false;
    case "discard":
      throwAway(writer, from, message);
      return true;
    default:
      return unreachable(rejoin);
  }
}

/** The operator lets a site that stays out give up what the surviving history does not have. */
export function rejoin(writer: OneWriter): void {
  const { out } = writer;
  if (out?.kind !== "diverged" || out.from !== upstreamOf(writer)) return;
  writer.out = null;
  rewind(writer, out.from, out.message);
}

/** A late repeat of this message must not cut what has since come from the upstream itself. */
function isTrue({ log }: OneWriter, { fork, history }: Diverged): boolean {
  if (fork.lsn >= endOf(log).lsn) return false;
  if (fork.lsn < log.base.lsn) return true;
  const [next] = entriesFrom(log, fork.lsn + 1, 1);
  return holds(log, fork) && next !== undefined && !isSame(reignAt(history, next.lsn), next);
}

/** Cuts the log after the fork (pg_rewind); where it does not reach back so far, a copy replaces it. */
function rewind(writer: OneWriter, from: SiteId, message: Diverged): void {
  const { site, log } = writer;
  const { fork, generation } = message;
  if (fork.lsn < log.base.lsn) {
    askForCopy(writer, from, generation);
    return;
  }
  const lost = lostWrites(writer, after(writer, message));
  rewindTo(site, log, fork);
  persist(site, [{ type: "truncate", after: fork, discarded: lost.slice(-limits.discardedShown) }]);
  noteDiscarded(site, lost);
  askToFollow(writer);
}

/** Keeps everything and takes no part, as a standby of PostgreSQL does whose start was refused. */
function stayOut(writer: OneWriter, from: SiteId, message: Diverged): void {
  const isNews = writer.out?.kind !== "diverged";
  writer.out = { kind: "diverged", from, message };
  if (!isNews) return;
  note(writer.site, divergedSentence(writer, from, message.fork));
  // They are lost to the class from now on, and the student may look at them before giving them up.
  noteDiscarded(writer.site, lostWrites(writer, after(writer, message)));
}

/** Keeps what it has until the copy is there, and serves none of it. */
function copyAll(writer: OneWriter, from: SiteId, { generation }: Diverged): void {
  writer.out = { kind: "copying", from };
  askForCopy(writer, from, generation);
}

/** Redis: everything goes at once, and comes back as a copy. What is lost is listed before it goes. */
function throwAway(writer: OneWriter, from: SiteId, message: Diverged): void {
  const { site, log } = writer;
  noteDiscarded(site, lostWrites(writer, after(writer, message)));
  restartAt(log, origin, []);
  site.history = [];
  copyAll(writer, from, message);
}

function after({ log }: OneWriter, { fork }: Diverged): readonly LogEntry[] {
  return entriesFrom(log, fork.lsn + 1, log.entries.length);
}
