import { codeAlphabet } from "@/lib/protocol/ids";

/** What a person typed as a code: upper case, without spaces and dashes; a whole join address is accepted too. */
export function tidyCode(typed: string): string {
  const path = /\/lab\/([^/?#]+)/i.exec(typed);
  return (path?.[1] ?? typed)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .slice(0, 12);
}

/** Why a typed code cannot be one; null when it can. */
export function codeProblem(code: string): string | null {
  if (code === "") return "Type the six characters from the projector.";
  const strange = [...code].find((character) => !codeAlphabet.includes(character));
  if (strange !== undefined) {
    return `Codes never hold ${strange}: look again, it may be another character.`;
  }
  return code.length === 6 ? null : `A code has six characters; this has ${code.length}.`;
}

/** An address without its scheme, as people type it. */
export function spokenAddress(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

/** True where other machines cannot reach an address, because it means "this machine" everywhere. */
export function isLoopback(url: string): boolean {
  try {
    return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
  } catch {
    return true;
  }
}

/** Reads an http(s) address from untrusted text and gives its origin; null for anything else. */
export function originOf(text: string | null): string | null {
  try {
    const url = new URL(text ?? "");
    return url.protocol === "http:" || url.protocol === "https:" ? url.origin : null;
  } catch {
    return null;
  }
}
