import type { Browser, Page } from "@playwright/test";
import { createLab, type LabServer, startLabServer } from "../e2e/lab-server";
import { meshed, openClass, primaryOf, type Tab } from "../e2e/tabs";
import { type BenchPages, serveBenchPages } from "./bench-pages";
import { launch } from "./launch";
import { emit, quantile, ratio, round } from "./line";

const roundTrips = 300;
const warmRoundTrips = 1_000;
const writes = 10_000;
/** Written before the clock starts, by the product and by the baseline: a page's first writes compile its code. */
const warmUp = 5_000;
const outstanding = 64;
const value = "x".repeat(100);

type Script = { put: (key: string, value: string) => Promise<{ status: string; tookMs: number }> };
type Stock = {
  join: (room: string, signalling: string, peers: number) => Promise<number>;
  write: (count: number, value: string) => Promise<void>;
  received: (count: number) => Promise<number>;
};
type Echo = {
  offer: () => Promise<string>;
  answer: (sdp: string) => Promise<string>;
  accept: (sdp: string) => Promise<void>;
  opened: () => Promise<void>;
  serve: () => void;
  serveDurably: () => Promise<void>;
  measureDurable: (n: number, bytes: number) => Promise<number[]>;
  measure: (n: number, bytes: number) => Promise<number[]>;
  measureCommits: (n: number, bytes: number) => Promise<number[]>;
};
type BenchWindow = { faultline: Script; stock: Stock; echo: Echo };

/** Sequential acknowledged writes in the primary's tab; ms from the call to its answer. */
function sequential(page: Page, count: number): Promise<number[]> {
  return page.evaluate(
    async ([n, text]) => {
      const { faultline } = window as unknown as BenchWindow;
      const samples: number[] = [];
      for (let i = 0; i < n; i += 1) {
        const startedAt = performance.now();
        const { status } = await faultline.put(`k${i % 100}`, text);
        if (status !== "ok") throw new Error(`a write came to ${status}`);
        samples.push(performance.now() - startedAt);
      }
      return samples;
    },
    [count, value] as const,
  );
}

/** `count` writes with a window of open ones; resolves with the wall time at which it began. */
function flood(page: Page, count: number): Promise<{ beganAt: number; ackedAt: number }> {
  return page.evaluate(
    async ([n, text, width]) => {
      const { faultline } = window as unknown as BenchWindow;
      const beganAt = Date.now();
      let next = 0;
      // Anonymous, because the loader names functions by a helper that a page does not have.
      const workers = Array.from({ length: width }, async () => {
        while (next < n) {
          const i = next;
          next += 1;
          const { status } = await faultline.put(`k${i % 100}`, `${i}:${text}`);
          if (status !== "ok") throw new Error(`a write came to ${status}`);
        }
      });
      await Promise.all(workers);
      const ackedAt = Date.now();
      await faultline.put("done", String(n));
      return { beganAt, ackedAt };
    },
    [count, value, outstanding] as const,
  );
}

/** The wall time at which the other tab shows the flood's last write. */
function floodArrived(tab: Tab, count: number): Promise<number> {
  return tab.page.evaluate(async (n) => {
    const { faultline } = window as unknown as {
      faultline: { state: () => { keys: Record<string, unknown> } };
    };
    // A look at the whole state is work for the tab itself; 50 ms are a hundredth of what is timed.
    while (faultline.state().keys.done !== String(n)) await new Promise((resolve) => setTimeout(resolve, 50));
    return Date.now();
  }, count);
}

async function productPair(
  server: LabServer,
  browser: Browser,
  preset: string,
): Promise<{ from: Tab; to: Tab }> {
  const lab = await createLab(server, { preset, sites: 2 });
  const tabs = await openClass(await browser.newContext(), server, lab, 2);
  await meshed(tabs, "direct");
  const from = preset === "postgres-sync" ? await primaryOf(tabs) : tabs[0];
  const to = tabs.find((tab) => tab !== from);
  if (from === undefined || to === undefined) throw new Error("two tabs");
  return { from, to };
}

/** Two bare pages with one data channel between them; the second one answers as `serve` says. */
async function echoPair(pages: BenchPages, browser: Browser, serve: "serve" | "serveDurably"): Promise<Page> {
  const context = await browser.newContext();
  const [a, b] = [await context.newPage(), await context.newPage()];
  for (const page of [a, b]) await page.goto(pages.url("echo"));
  const offer = await a.evaluate(() => (window as unknown as BenchWindow).echo.offer());
  const answer = await b.evaluate((sdp) => (window as unknown as BenchWindow).echo.answer(sdp), offer);
  await a.evaluate((sdp) => (window as unknown as BenchWindow).echo.accept(sdp), answer);
  await a.evaluate(() => (window as unknown as BenchWindow).echo.opened());
  await b.evaluate((how) => (window as unknown as BenchWindow).echo[how](), serve);
  return a;
}

function measure(page: Page, what: "measure" | "measureCommits" | "measureDurable"): Promise<number[]> {
  return page.evaluate(
    async ([how, warm, n]) => {
      const { echo } = window as unknown as BenchWindow;
      await echo[how](warm, 300);
      return echo[how](n, 300);
    },
    [what, warmRoundTrips, roundTrips] as const,
  );
}

/** Medians of what nobody can be faster than, in ms. */
async function floors(pages: BenchPages, browser: Browser) {
  const plain = await echoPair(pages, browser, "serve");
  const trip = quantile(await measure(plain, "measure"), 0.5);
  const commit = quantile(await measure(plain, "measureCommits"), 0.5);
  await plain.context().close();
  const durable = await echoPair(pages, browser, "serveDurably");
  const twoDisks = quantile(await measure(durable, "measureDurable"), 0.5);
  await durable.context().close();
  return { trip, commit, twoDisks };
}

async function stockThroughput(pages: BenchPages, browser: Browser): Promise<number> {
  const context = await browser.newContext();
  const [a, b] = [await context.newPage(), await context.newPage()];
  for (const page of [a, b]) await page.goto(pages.url("stock"));
  const join = (page: Page) =>
    page.evaluate(
      (url) => (window as unknown as BenchWindow).stock.join("replicate", url, 1),
      pages.stockSignalling,
    );
  await Promise.all([join(a), join(b)]);
  const run = async (count: number) => {
    const received = b.evaluate((n) => (window as unknown as BenchWindow).stock.received(n), count);
    const beganAt = Date.now();
    await a.evaluate(([n, text]) => (window as unknown as BenchWindow).stock.write(n, text), [
      count,
      value,
    ] as const);
    return (count / ((await received) - beganAt)) * 1000;
  };
  await run(warmUp);
  const perSecond = await run(writes);
  await context.close();
  return perSecond;
}

async function productThroughput(server: LabServer, browser: Browser, preset: string) {
  const { from, to } = await productPair(server, browser, preset);
  const run = async (count: number) => {
    const arrived = floodArrived(to, count);
    arrived.catch(() => {});
    const { beganAt, ackedAt } = await flood(from.page, count);
    const arrivedAt = await arrived;
    return {
      acked: (count / (ackedAt - beganAt)) * 1000,
      replicated: (count / (arrivedAt - beganAt)) * 1000,
    };
  };
  await run(warmUp);
  const perSecond = await run(writes);
  await from.page.context().close();
  return perSecond;
}

export async function benchReplicate(): Promise<void> {
  const [server, pages, browser] = [
    await startLabServer(),
    await serveBenchPages(["echo", "stock"]),
    await launch(),
  ];
  try {
    const pair = await productPair(server, browser, "postgres-sync");
    await sequential(pair.from.page, warmRoundTrips);
    const ours = quantile(await sequential(pair.from.page, roundTrips), 0.5);
    await pair.from.page.context().close();
    const { trip, commit, twoDisks } = await floors(pages, browser);
    const limit = trip === null || commit === null ? null : 1.5 * trip + commit;
    emit({
      bench: "replicate",
      metric: "write-and-acknowledge round trip, two disks, p50",
      value: round(ours, 2),
      unit: "ms",
      baseline: round(limit, 2),
      ratio: ratio(ours, limit),
      n: roundTrips,
      notes: `baseline = 1.5 x bare data channel echo (${round(trip, 2)} ms) + bare IndexedDB commit (${round(commit, 2)} ms)`,
    });
    emit({
      bench: "replicate",
      metric: "write-and-acknowledge round trip beside bare pages that do the same",
      value: round(ours, 2),
      unit: "ms",
      baseline: round(twoDisks, 2),
      ratio: ratio(ours, twoDisks),
      n: roundTrips,
      notes:
        "baseline: a commit here, and meanwhile a message, a commit there and an answer, with no product at all",
    });
    const stock = await stockThroughput(pages, browser);
    for (const [rule, preset] of [
      ["lww", "dynamodb-global-tables"],
      ["crdt", "yjs"],
    ] as const) {
      const { acked, replicated } = await productThroughput(server, browser, preset);
      const common = { bench: "replicate", unit: "ops/s", n: writes } as const;
      emit({ ...common, metric: `acknowledged writes, ${rule}`, value: round(acked, 0) });
      emit({
        ...common,
        metric: `writes visible in the other tab, ${rule}`,
        value: round(replicated, 0),
        baseline: round(stock, 0),
        ratio: ratio(replicated, stock),
        notes: "baseline: stock y-webrtc 10.3.0, one transaction a write, no journal",
      });
    }
  } finally {
    await browser.close();
    await pages.close();
    await server.close();
  }
}
