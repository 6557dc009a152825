import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import { codeAlphabet, type LabCode, type SeatId } from "../lib/protocol/ids";

/** A fresh secret of 192 random bits, safe in URLs and headers. Only its hash is ever stored. */
export function newSecret(): string {
  return randomBytes(24).toString("base64url");
}

/** What is stored of a secret. The secrets are random and long, so a plain hash keeps them. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether a presented secret is the one whose hash is stored; takes equally long either way. */
export function matchesHash(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(hash));
}

/** A lab's code: six characters that nobody can mistake on a projector. */
export function newCode(): LabCode {
  const letters = Array.from({ length: 6 }, () => codeAlphabet.charAt(randomInt(codeAlphabet.length)));
  return letters.join("") as LabCode;
}

/** A seat's public name. */
export function newSeatId(): SeatId {
  return randomBytes(8).toString("hex") as SeatId;
}
