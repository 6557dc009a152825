import { type Browser, chromium } from "@playwright/test";
import { ensureChromium } from "../ensure-chromium";

/** The browser of every benchmark, with the flags of the end-to-end tests. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium({ say: (line) => process.stderr.write(line) }),
    args: ["--no-sandbox", "--allow-loopback-in-peer-connection", "--disable-background-networking"],
  });
}
