/**
 * Why an operation failed or is unknown. `definite` codes mean it certainly did not happen; an
 * indefinite outcome (`status: "unknown"`) may have happened and may yet become visible.
 */
export const errorCodes = {
  NOT_PRIMARY: "This site is a replica and writes are not forwarded.",
  NO_PRIMARY: "No site is primary at the moment.",
  NO_LEASE: "This primary's lease has run out, so it may not acknowledge anything.",
  FENCED: "A newer epoch exists, so this site has stopped acting as primary.",
  NO_STANDBY: "Synchronous replication has no standby to write to.",
  NO_REPLICAS: "Too few replicas have been heard from lately for a write to be accepted.",
  DRAINING: "The cluster is being reconfigured; writes are paused for a moment.",
  REBUILDING: "This site is copying its data and cannot serve yet.",
  SITE_DOWN: "The site is down.",
  FROZEN: "The teacher has frozen the class.",
  TIMEOUT: "No answer in time: the operation may or may not have happened.",
  CONNECTION_LOST: "The connection was lost: the operation may or may not have happened.",
  CAS_MISMATCH: "The value was not the expected one.",
  WRONG_TYPE: "The key holds another type of data.",
  KEY_TOO_LONG: "Keys are at most 128 characters.",
  VALUE_TOO_LARGE: "Values are at most 16 KB.",
  TOO_MANY_KEYS: "A site holds at most 10,000 keys.",
  DOCUMENT_FULL: "The shared document holds as many pieces as it may, and a write would add one.",
  RIGHTS_EXHAUSTED: "The counter would fall below zero, or this site may not take so much of it by itself.",
  SIBLINGS: "The key holds several values side by side, which must be settled first.",
  REVISION_CONFLICT: "The key has a newer revision than the one that this session has read.",
  CERTIFICATION_FAILED: "Another site changed the key first, so this write was rolled back.",
  CLOCK_AHEAD: "The clock of this site is too far ahead of the others'.",
  TOO_MANY_SIBLINGS: "The key holds too many values side by side; read and settle them first.",
  TOO_BUSY: "Too many operations are open at this site.",
  BAD_OPERATION: "The operation is not well formed.",
  UNSUPPORTED: "This mode does not offer that operation.",
  STALE: "This copy is too far behind for this read, and the primary cannot be asked.",
  SESSION_LOST: "What this session has written or read did not survive; the session starts again.",
  UNREACHABLE: "The site cannot reach the primary.",
  UNAVAILABLE: "Too few of the sites that hold this key can be reached.",
} as const;
export type ErrorCode = keyof typeof errorCodes;
export const errorCodeNames = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];
