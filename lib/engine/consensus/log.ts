import { mergeVectors } from "../../clock/vector";
import type { Position } from "../../protocol/position";
import type { ConsensusCopy, ConsensusEntry } from "../../protocol/site/consensus";
import { type Keys, storedKeys } from "../log/keys";
import { endOf, type Log, positionAt, restartAt, shownOf } from "../log/log";
import type { Site } from "../site";

/** A consensus site's log: what is shown is what is committed as far as this site knows. */
export type ConsensusLog = Log<ConsensusEntry>;

/** The last position at or before `lsn` written in `epoch` or earlier; the base where there is none. */
export function lastNotAfter(log: ConsensusLog, { epoch, lsn }: Position): Position {
  let at = positionAt(log, Math.min(lsn, endOf(log).lsn)) ?? log.base;
  while (at.lsn > log.base.lsn && at.epoch > epoch) at = positionAt(log, at.lsn - 1) ?? log.base;
  return at;
}

/** Everything that is committed as far as this site knows. */
export function shownCopy(site: Site, log: ConsensusLog): ConsensusCopy {
  return copyAt(site, shownOf(log), log.shownKeys);
}

/** The base, after which the journal holds the entries. */
export function baseCopy(site: Site, log: ConsensusLog): ConsensusCopy {
  return copyAt(site, log.base, log.baseKeys);
}

/** Replaces the log by a copy. */
export function installLog(site: Site, log: ConsensusLog, copy: ConsensusCopy): void {
  restartAt(log, copy.position, copy.keys);
  site.shadow = mergeVectors(site.shadow, copy.shadow);
}

function copyAt(site: Site, position: Position, keys: Keys): ConsensusCopy {
  return { kind: "consensus", position, keys: [...storedKeys(keys)], shadow: site.shadow };
}
