import type { Heartbeat } from "../protocol/coordination/message";
import type { SiteId } from "../protocol/ids";
import type { Position } from "../protocol/position";
import type { Copy, SiteMessage } from "../protocol/site/message";
import type { StoredKey } from "../protocol/site/stored-key";
import type { Vector } from "../protocol/vector";
import type { Role, View } from "../protocol/view";
import type { Request } from "./request";
import type { DiscardedWrite, EngineSnapshot, JournalRecord } from "./types";

/** A site's data in a form that belongs to no mode: what is handed over when the mode changes. */
export type Portable = {
  readonly keys: readonly StoredKey[];
  readonly shadow: Vector;
  /** What this form has no place for. */
  readonly lost: readonly DiscardedWrite[];
};

/** The role a mode plays now, and the sentence that explains it. */
export type Standing = { readonly role: Role; readonly reason: string };

/** The part of a heartbeat that only the mode knows. */
export type BeatFields = Pick<Heartbeat, "position" | "seenDigest" | "syncSet"> &
  Partial<Pick<Heartbeat, "appliedLsn" | "upstream" | "peers">>;

export type ModeSnapshot = Pick<
  EngineSnapshot,
  "lagOps" | "syncSet" | "keys" | "merges" | "receipts" | "seen" | "cannotWrite"
> &
  Partial<Pick<EngineSnapshot, "diverged" | "degraded" | "owed" | "tombstones">>;

/**
 * How a site replicates: one writer (`log` copies), many (`merge` copies), one that a majority elects
 * (`consensus` copies), or quorums of the sites that hold a key (`quorum` copies). The shell owns views,
 * generations, heartbeats, the lease and the journal's order; a mode owns the data and its messages.
 * A mode acts through its `Site`, and while the site is rebuilding it is given no input.
 */
export type Mode = {
  readonly kind: Copy["kind"];
  /** A valid operation that is due an answer by `finish`, from a client here or (one writer) another site. */
  readonly onRequest: (request: Request) => void;
  readonly onMessage: (from: SiteId, message: SiteMessage) => void;
  readonly onLink: (peer: SiteId, up: boolean) => void;
  /** `resend` comes every `resendMs`, the others when the mode has set them. */
  readonly onTimer: (id: "resend" | "anti-entropy" | "apply" | "election") => void;
  /** `site.view` is a newer view of the generation held here (or data has just been installed for it). */
  readonly onView: (before: View | null) => void;
  /** The coordinator has answered heartbeat `beat`: this sync set is recorded there. */
  readonly onRecorded: (beat: number, syncSet: readonly SiteId[]) => void;
  /** One writer: the operator lets a site that stays out of the cluster give up what only it has. */
  readonly rejoin?: () => void;
  /** At start: one record of the journal, oldest first. `meta` records never come here. */
  readonly replay: (record: JournalRecord) => void;
  /** At start: every record has been replayed. */
  readonly recovered: () => void;
  /** Everything held here, for a site that must start from it. */
  readonly copy: () => Copy;
  /** Replaces everything held here. The caller then journals `journal()`. */
  readonly install: (copy: Copy) => void;
  /** The data without the mode, and its inverse at the seed of a new generation. */
  readonly portable: () => Portable;
  readonly adopt: (data: Omit<Portable, "lost">) => void;
  /** The records that, after `meta`, make a compact journal of the present state. */
  readonly journal: () => readonly JournalRecord[];
  readonly standing: () => Standing;
  /** `beat` is the number of the heartbeat that will carry these. */
  readonly beatFields: (beat: number) => BeatFields;
  readonly position: () => Position;
  /** Where the log ends here, on disk or not; null where there is no one log. */
  readonly end: () => Position | null;
  /** Writes lost when `copy` replaces what is held here. */
  readonly lostTo: (copy: Copy) => readonly DiscardedWrite[];
  readonly snapshot: () => ModeSnapshot;
  readonly dataDigest: () => string;
};
