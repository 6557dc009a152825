import type { LabCode } from "../../lib/protocol/ids";
import { lanAddresses } from "../addresses";
import type { Config } from "../config";

/** Where a lab's pages are, as absolute URLs on the host that was asked. */
export type LabUrls = {
  readonly seatUrl: string;
  readonly consoleUrl: string;
  readonly screenUrl: string;
  /** Every address a student might use, the likeliest first. */
  readonly joinUrls: readonly string[];
};

/** The key travels in the fragment, which browsers never send. `host` is a checked Host header. */
export function labUrls(config: Config, host: string, code: LabCode, key: string): LabUrls {
  const asked = originOf(config, host);
  return {
    seatUrl: `${asked}/lab/${code}`,
    consoleUrl: `${asked}/console/${code}#key=${key}`,
    screenUrl: `${asked}/screen/${code}`,
    joinUrls: joinUrls(config, host, code),
  };
}

/** Every address a student might use to join, the likeliest first; console and screen choose one for their QR. */
export function joinUrls(config: Config, host: string, code: LabCode): readonly string[] {
  const asked = originOf(config, host);
  const isLoopback = /^(localhost|127\.|\[::1\])/.test(host);
  const port = new URL(asked).port;
  const lan = lanAddresses().map(({ address }) => `http://${address}${port === "" ? "" : `:${port}`}`);
  const listed = config.publicUrl === null ? [] : [config.publicUrl.origin];
  const origins = isLoopback ? [...listed, ...lan, asked] : [asked, ...listed, ...lan];
  return [...new Set(origins)].map((origin) => `${origin}/lab/${code}`);
}

/** Plain http, unless the host is that of the public URL, which says how it is reached. */
function originOf({ publicUrl }: Config, host: string): string {
  return publicUrl?.host === host ? publicUrl.origin : `http://${host}`;
}
