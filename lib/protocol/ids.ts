import * as z from "zod/mini";
import type { Brand } from "../kernel/brand";

/** Id of a data centre within its pod: a city's slug such as `mumbai`. */
export type SiteId = Brand<string, "SiteId">;
/** A node of the topology: a site, or one of the two outsiders that faults can name. */
export type NodeId = SiteId | "coordinator" | "edge";
/** Six characters that a student types to join. */
export type LabCode = Brand<string, "LabCode">;
/** `pod-1`, `pod-2`, …: one cluster of a lab. */
export type PodId = Brand<string, "PodId">;
/** Identity of a seat: which student tab may run which site. Not secret. */
export type SeatId = Brand<string, "SeatId">;
/** One client's ordered stream of operations. */
export type SessionId = Brand<string, "SessionId">;
/** `session:n`: names an operation, and the version it writes, everywhere and for ever. */
export type OpId = Brand<string, "OpId">;

/** Letters and digits that cannot be mistaken for one another on a projector. */
export const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

export const siteIdSchema = z.pipe(
  z.string().check(
    z.regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      "expected a site id: lower-case letters, digits and dashes, at most 32",
    ),
    z.refine((id) => id !== "coordinator" && id !== "edge" && id !== "route", "that name is reserved"),
  ),
  z.transform((id) => id as SiteId),
);
export const nodeIdSchema = z.union([z.literal("coordinator"), z.literal("edge"), siteIdSchema]);
export const labCodeSchema = z.pipe(
  z
    .string()
    .check(z.regex(new RegExp(`^[${codeAlphabet}]{6}$`), "expected a lab code of six letters and digits")),
  z.transform((code) => code as LabCode),
);
export const podIdSchema = z.pipe(
  z.string().check(z.regex(/^pod-[1-9][0-9]{0,2}$/, "expected a pod id such as pod-1")),
  z.transform((id) => id as PodId),
);
export const seatIdSchema = z.pipe(
  z.string().check(z.regex(/^[a-z0-9]{8,32}$/, "expected a seat id")),
  z.transform((id) => id as SeatId),
);
export const sessionIdSchema = z.pipe(
  z
    .string()
    .check(
      z.regex(
        /^[A-Za-z0-9_.-]{1,64}$/,
        "expected a session name: letters, digits, dot, dash, underscore, at most 64",
      ),
    ),
  z.transform((id) => id as SessionId),
);
export const opIdSchema = z.pipe(
  z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}:[0-9]{1,10}$/, "expected an operation id such as alice:1")),
  z.transform((id) => id as OpId),
);

/** Names the `n`th operation of a session. */
export function opIdOf(session: SessionId, n: number): OpId {
  return `${session}:${n}` as OpId;
}
