/**
 * A cold standby runs nothing: segments of the log are archived for it now and then, and it is restored
 * from the last base image when it is promoted. Real numbers are minutes (`archive_timeout`, a base
 * backup of hours); these are the classroom's.
 */
export const coldStandby = {
  /** How often the primary archives what it has written since: the most that a failover loses, in ms. */
  archiveMs: 20_000,
  /** How long the base image takes to be restored, in ms. */
  restoreMs: 8_000,
  /** How many archived writes are then replayed in a second. */
  replayPerSec: 200,
} as const;
