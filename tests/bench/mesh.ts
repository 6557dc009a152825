import type { Browser, Page } from "@playwright/test";
import { type BenchPages, serveBenchPages } from "./bench-pages";
import { launch } from "./launch";
import { emit, quantile, ratio, round } from "./line";

const sizes = [2, 5, 8, 12, 16] as const;
const tries = Number(process.env.FAULTLINE_BENCH_TRIES ?? 20);
/** Longer than this and the mesh counts as wedged. */
const patienceMs = 30_000;

type MeshWindow = {
  bench: { join: (n: number, size: number) => Promise<number> };
  stock: { join: (room: string, signalling: string, peers: number) => Promise<number> };
};
type Joiner = { page: string; join: (page: Page, n: number, size: number, run: string) => Promise<number> };

function joiners(pages: BenchPages): Readonly<Record<"ours" | "stock", Joiner>> {
  return {
    ours: {
      page: "mesh",
      join: (page, n, size) =>
        page.evaluate(([i, all]) => (window as unknown as MeshWindow).bench.join(i, all), [n, size] as const),
    },
    stock: {
      page: "stock",
      join: (page, _, size, run) =>
        page.evaluate(
          ([room, url, peers]) => (window as unknown as MeshWindow).stock.join(room, url, peers),
          [run, pages.stockSignalling, size - 1] as const,
        ),
    },
  };
}

/** All tabs are open; they start together. Ms until the last one has all its links, null when wedged. */
async function oneTry(
  browser: Browser,
  url: string,
  joiner: Joiner,
  size: number,
  run: string,
): Promise<number | null> {
  const context = await browser.newContext();
  const tabs = await Promise.all(Array.from({ length: size }, () => context.newPage()));
  for (const tab of tabs) await tab.goto(url);
  const beganAt = Date.now();
  const joined = Promise.all(tabs.map((tab, n) => joiner.join(tab, n, size, run)));
  joined.catch(() => {});
  const gaveUp = new Promise<null>((resolve) => setTimeout(() => resolve(null), patienceMs).unref());
  const times = await Promise.race([joined, gaveUp]);
  await context.close();
  return times === null ? null : Math.max(...times) - beganAt;
}

export async function benchMesh(): Promise<void> {
  const [pages, browser] = [await serveBenchPages(["mesh", "stock"]), await launch()];
  const { ours, stock } = joiners(pages);
  try {
    for (const size of sizes) {
      const times: Record<"ours" | "stock", (number | null)[]> = { ours: [], stock: [] };
      for (let n = 0; n < tries; n += 1) {
        // Alternating, so that both meet the same machine.
        times.ours.push(await oneTry(browser, pages.url(ours.page), ours, size, `${size}-${n}`));
        times.stock.push(await oneTry(browser, pages.url(stock.page), stock, size, `${size}-${n}`));
      }
      const whole = (list: readonly (number | null)[]) => list.filter((ms): ms is number => ms !== null);
      const [mine, theirs] = [quantile(whole(times.ours), 0.5), quantile(whole(times.stock), 0.5)];
      const wedged = (list: readonly (number | null)[]) => list.length - whole(list).length;
      emit({
        bench: "mesh",
        metric: `${size} tabs fully connected, p50`,
        value: round(mine, 0),
        unit: "ms",
        baseline: round(theirs, 0),
        ratio: ratio(mine, theirs),
        n: tries,
        notes: `baseline: stock y-webrtc 10.3.0; wedged for ${patienceMs} ms: ours ${wedged(times.ours)}, stock ${wedged(times.stock)}`,
      });
    }
  } finally {
    await browser.close();
    await pages.close();
  }
}
