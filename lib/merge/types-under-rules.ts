import type { Cluster } from "../protocol/cluster";
import type { DataType } from "../protocol/site/replicated-op";

/** What becomes of two writes of one key that had not seen each other. */
export type Meeting = "both count" | "one is kept" | "side by side" | "one is shown" | "one is refused";

const whole = (meeting: Meeting): Record<DataType, Meeting> => ({
  register: meeting,
  counter: meeting,
  set: meeting,
  record: meeting,
  text: meeting,
});
const merged = { ...whole("both count"), register: "one is kept" } as const;

/**
 * Every type of data under every merge rule (SPEC.md, M6, M7, M20, M23, M30, M41, M50 and M70). Only a CRDT
 * can hold the four types that have parts; each other rule holds their value whole, as if it were a register.
 */
export const meetings: Readonly<Record<Cluster["merge"], Readonly<Record<DataType, Meeting>>>> = {
  lww: whole("one is kept"),
  "lww-hlc": whole("one is kept"),
  siblings: whole("side by side"),
  "siblings-vv": whole("side by side"),
  /** As long as no rule of the application says more: equal fields and fields of one side need none. */
  app: { ...whole("side by side"), record: "both count" },
  "revision-tree": whole("one is shown"),
  bounded: merged,
  crdt: merged,
  certify: whole("one is refused"),
};
