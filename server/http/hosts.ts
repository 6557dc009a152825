import { isIP } from "node:net";
import { ownNames } from "../addresses";
import type { Config } from "../config";

/** Which names this server answers to, and whose pages may talk to it. */
export type HostPolicy = {
  /** Whether the `Host` header names this server. A page whose name was rebound to our address fails here. */
  readonly isOurs: (host: string | undefined) => boolean;
  /** Whether a request with this `Origin` comes from our own page; none at all is no browser's page. */
  readonly isOwnPage: (origin: string | undefined, host: string | undefined) => boolean;
};

/** Endings that no public DNS can answer for, so nobody on the internet can make them point at us. */
const localEndings = [
  ".localhost",
  ".local",
  ".lan",
  ".home",
  ".home.arpa",
  ".internal",
  ".intranet",
  ".test",
];

/** Creates the policy of the configured names. */
export function createHostPolicy({ publicUrl, allowedHosts }: Config): HostPolicy {
  const names = new Set([
    ...ownNames(),
    ...allowedHosts,
    ...(publicUrl === null ? [] : [publicUrl.hostname]),
  ]);
  return {
    isOurs(host) {
      const name = nameOf(host);
      if (name === null) return false;
      if (isIP(name.replace(/^\[|\]$/g, "")) !== 0 || names.has(name) || !name.includes(".")) return true;
      return localEndings.some((ending) => name.endsWith(ending));
    },
    isOwnPage(origin, host) {
      if (origin === undefined) return true;
      if (publicUrl !== null && origin === publicUrl.origin) return true;
      if (host === undefined || !URL.canParse(origin)) return false;
      const { protocol, host: from } = new URL(origin);
      return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === from;
    },
  };
}

function nameOf(host: string | undefined): string | null {
  if (host === undefined || !/^[A-Za-z0-9._:[\]-]+$/.test(host)) return null;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}
