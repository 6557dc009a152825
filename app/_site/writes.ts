import type { NameOf } from "./names";

/** `mumbai.1:15`: the fifteenth operation of the tab that runs Mumbai; `edge-2:7`: of one of the world's clients. */
const opId = /(?<!["\w.])([a-z][a-z-]*)(?:\.(\d+)|-(\d+)):(\d+)/g;
/** Where a write was made is part of its name. */
const saidTwice = /(\p{Lu}[\p{L} -]*)'s write (\d+) at \1/gu;

/**
 * A write's id ("Mumbai's write 15"), or a sentence of the engine, in the names that the page uses. What is no
 * write of this pod stays as it is.
 */
export function inWords(text: string, nameOf: NameOf): string {
  const named = text.replace(
    opId,
    (whole, site: string, incarnation?: string, client?: string, n?: string) => {
      if (incarnation !== undefined && nameOf(site) !== site) return `${nameOf(site)}'s write ${n}`;
      return client !== undefined && site === "edge" ? `Client ${client}'s write ${n}` : whole;
    },
  );
  return named.replace(saidTwice, "$1's write $2");
}
