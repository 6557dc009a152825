import type { Browser, BrowserContext } from "@playwright/test";
import { type CreatedLab, createLab, type LabServer, startLabServer } from "../e2e/lab-server";
import { killRenderers } from "../e2e/processes";
import { meshed, openSeat, primaryOf, type Tab, until } from "../e2e/tabs";
import { launch } from "./launch";
import { emit, quantile, round } from "./line";

const closings = 20;
const timeoutMs = 3_000;

/** How a primary goes away: with its page's farewell, or without a word. */
const farewells = {
  "clean close": (tab: Tab) => tab.page.close({ runBeforeUnload: false }),
  "killed renderer": (tab: Tab) => killRenderers(browserOf(tab)),
} as const;

function browserOf(tab: Tab): Browser {
  const browser = tab.page.context().browser();
  if (browser === null) throw new Error("the tab has no browser");
  return browser;
}

/**
 * In the witness's page: an open loop of writes, one every 10 ms whatever became of the last (one that
 * was on its way to the dead primary stays unknown until its deadline). Resolves with the wall time of
 * the first that is acknowledged in a later epoch.
 */
function firstSuccess(tab: Tab, epoch: number): Promise<number> {
  return tab.page.evaluate((before) => {
    const { faultline } = window as unknown as {
      faultline: {
        put: (key: string, value: string) => Promise<{ status: string }>;
        state: () => { epoch: number };
      };
    };
    return new Promise<number>((resolve) => {
      let n = 0;
      const timer = setInterval(async () => {
        n += 1;
        const { status } = await faultline.put("probe", String(n));
        if (status !== "ok" || faultline.state().epoch <= before) return;
        clearInterval(timer);
        resolve(Date.now());
      }, 10);
    });
  }, epoch);
}

async function openAlone(
  server: LabServer,
  lab: CreatedLab,
  url?: string,
): Promise<{ context: BrowserContext; tab: Tab }> {
  const context = await (await launch()).newContext();
  return { context, tab: await openSeat(context, url ?? `${server.origin}/lab/${lab.code}`) };
}

async function measure(kind: keyof typeof farewells): Promise<number[]> {
  const server = await startLabServer();
  const samples: number[] = [];
  try {
    for (let n = 0; n < closings; n += 1) {
      const lab = await createLab(server, { preset: "postgres-async", sites: 3 });
      const opened = [
        await openAlone(server, lab),
        await openAlone(server, lab),
        await openAlone(server, lab),
      ];
      const tabs = opened.map(({ tab }) => tab);
      await meshed(tabs);
      const primary = await primaryOf(tabs);
      const witness = tabs.find((tab) => tab !== primary);
      if (witness === undefined) throw new Error("three tabs");
      const { epoch } = await until(witness, "knows the primary", (seat) => seat.primary === primary.site);
      const success = firstSuccess(witness, epoch);
      const closedAt = Date.now();
      await farewells[kind](primary);
      samples.push((await success) - closedAt);
      for (const { context } of opened) await context.browser()?.close();
    }
  } finally {
    await server.close();
  }
  return samples;
}

/** Tab gone → first acknowledged write of the new reign, on one machine's wall clock. */
export async function benchFailover(): Promise<void> {
  for (const kind of Object.keys(farewells) as (keyof typeof farewells)[]) {
    const total = await measure(kind);
    const clean = kind === "clean close";
    const samples = clean ? total : total.map((ms) => ms - timeoutMs);
    for (const q of [0.5, 0.95]) {
      emit({
        bench: "failover",
        metric: `${kind}: p${q * 100}`,
        value: round(quantile(samples, q)),
        unit: "ms",
        baseline: clean ? 300 : 250,
        n: samples.length,
        notes: clean
          ? "total; the baseline is the limit"
          : `minus the timeout of ${timeoutMs} ms (negative: the last heartbeat was already old); the baseline is the limit`,
      });
    }
  }
}
