import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";
import type { CreatedLab, LabServer } from "./lab-server";

/** What `window.faultline` gives on a seat, as far as the stories use it (public contract, section 6). */
type SeatScript = {
  ready: Promise<unknown>;
  site: string;
  pod: string;
  state: () => SeatState;
  crash: () => Promise<void>;
} & Record<string, (...args: unknown[]) => Promise<OpResult>>;
export type OpResult = {
  status: string;
  value: unknown;
  version: string | null;
  error: string | null;
  tookMs: number;
};
export type SeatState = {
  role: string;
  epoch: number;
  primary: string | null;
  position: { epoch: number; lsn: number };
  lagOps: number | null;
  links: { to: string; status: string; via: string; rttMs: number | null }[];
  keys: Record<string, unknown>;
  merges: Record<string, Record<string, unknown>>;
};

/** One real tab that runs a site. */
export type Tab = { readonly page: Page; readonly site: string };

/** Opens a seat and waits until its site runs. */
export async function openSeat(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  await page.goto(url);
  return { page, site: await siteOf(page) };
}

/** Waits until the page's seat is ready and tells which site it runs. */
export async function siteOf(page: Page): Promise<string> {
  await page.waitForFunction(() => "faultline" in window);
  return page.evaluate(async () => {
    const script = (window as unknown as { faultline: SeatScript }).faultline;
    await script.ready;
    return script.site;
  });
}

/** Opens `count` seats in tabs of one browser context. */
export async function openClass(
  context: BrowserContext,
  server: LabServer,
  lab: CreatedLab,
  count: number,
): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let n = 0; n < count; n += 1) tabs.push(await openSeat(context, `${server.origin}/lab/${lab.code}`));
  return tabs;
}

/** Opens `count` seats, each in a browser context of its own (as on different machines). */
export async function openSeparateClass(
  browser: Browser,
  server: LabServer,
  lab: CreatedLab,
  count: number,
): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let n = 0; n < count; n += 1) {
    tabs.push(await openSeat(await browser.newContext(), `${server.origin}/lab/${lab.code}`));
  }
  return tabs;
}

/** The seat's own account of itself. */
export function state(tab: Tab): Promise<SeatState> {
  return tab.page.evaluate(() => (window as unknown as { faultline: SeatScript }).faultline.state());
}

/** Runs one operation in the tab, as a student's script would. */
export function run(tab: Tab, verb: string, ...args: unknown[]): Promise<OpResult> {
  return tab.page.evaluate(
    ([name, given]) => {
      const script = (window as unknown as { faultline: SeatScript }).faultline;
      const call = script[name];
      if (call === undefined) throw new Error(`no ${name}`);
      return call(...given);
    },
    [verb, args] as const,
  );
}

/** Waits until `probe` of the tab's state is true, and returns that state. */
export async function until(tab: Tab, what: string, probe: (seat: SeatState) => boolean): Promise<SeatState> {
  let last: SeatState | null = null;
  await expect
    .poll(
      async () => {
        last = await state(tab);
        return probe(last);
      },
      { message: `${tab.site}: ${what}`, timeout: 30_000, intervals: [100] },
    )
    .toBe(true);
  if (last === null) throw new Error("no state");
  return last;
}

/** Waits until every tab has a link that works to every other. */
export async function meshed(tabs: readonly Tab[], via?: string): Promise<void> {
  for (const tab of tabs) {
    await until(tab, "linked with every other tab", ({ links }) => {
      const up = links.filter((link) => link.status === "up" && (via === undefined || link.via === via));
      return up.length === tabs.length - 1;
    });
  }
}

/** The tab whose site is primary now. */
export async function primaryOf(tabs: readonly Tab[]): Promise<Tab> {
  let found: Tab | undefined;
  async function isFound(): Promise<boolean> {
    for (const tab of tabs) if ((await state(tab)).role === "primary") found = tab;
    return found !== undefined;
  }
  await expect.poll(isFound, { intervals: [100] }).toBe(true);
  if (found === undefined) throw new Error("no primary");
  return found;
}

/** Retries a write until it is acknowledged, as a patient client would. */
export async function putUntilOk(tab: Tab, key: string, value: unknown): Promise<OpResult> {
  let last: OpResult | null = null;
  await expect
    .poll(
      async () => {
        last = await run(tab, "put", key, value);
        return last.status;
      },
      { timeout: 30_000, intervals: [50] },
    )
    .toBe("ok");
  if (last === null) throw new Error("no result");
  return last;
}
