import { type Browser, chromium } from "@playwright/test";
import { findChromium } from "../find-chromium";

const flags = [
  "--no-sandbox",
  "--allow-loopback-in-peer-connection",
  "--disable-background-networking",
  "--host-resolver-rules=MAP lab.test 127.0.0.1",
];

/** A second browser, so that its renderers can be killed or frozen without touching the others' tabs. */
export function openBrowser(like: Browser): Promise<Browser> {
  if (like.browserType().name() !== chromium.name()) throw new Error("these stories need Chromium");
  const executablePath = findChromium();
  return chromium.launch({ args: flags, ...(executablePath === null ? {} : { executablePath }) });
}

async function rendererPids(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter((info) => info.type === "renderer").map((info) => info.id);
}

/** Sends a signal to every renderer of the browser: SIGSTOP freezes its tabs, SIGCONT wakes them. */
export async function signalRenderers(
  browser: Browser,
  signal: "SIGSTOP" | "SIGCONT" | "SIGKILL",
): Promise<void> {
  for (const pid of await rendererPids(browser)) process.kill(pid, signal);
}

/** Ends every tab of the browser as a crash would: no handler of the page runs. */
export function killRenderers(browser: Browser): Promise<void> {
  return signalRenderers(browser, "SIGKILL");
}
