import { gzipSync } from "node:zlib";
import { createLab, startLabServer } from "../e2e/lab-server";
import { siteOf } from "../e2e/tabs";
import { launch } from "./launch";
import { emit } from "./line";

/** JavaScript that a seat needs at first load: every script until its site runs, gzipped one by one. */
export async function benchPage(): Promise<void> {
  const server = await startLabServer();
  const browser = await launch();
  try {
    const lab = await createLab(server, { preset: "yjs" });
    const page = await browser.newPage();
    const scripts = new Map<string, { bytes: number; preloaded: boolean }>();
    const html = await (await fetch(`${server.origin}/lab/${lab.code}`)).text();
    page.on("response", async (response) => {
      if (response.request().resourceType() !== "script" || !response.ok()) return;
      const bytes = gzipSync(await response.body(), { level: 9 }).length;
      const path = new URL(response.url()).pathname;
      scripts.set(path, { bytes, preloaded: html.includes(path) });
    });
    await page.goto(`${server.origin}/lab/${lab.code}`, { waitUntil: "load" });
    await siteOf(page);
    const untilRunning = [...scripts.values()];
    await page.getByRole("textbox", { name: "Merged (Yjs over y-webrtc)" }).waitFor();
    await page.waitForLoadState("networkidle");
    const all = [...scripts.values()];
    const sum = (some: typeof all) =>
      Math.round(some.reduce((total, { bytes }) => total + bytes, 0) / 102.4) / 10;
    const first = sum(all.filter(({ preloaded }) => preloaded));
    const limit = 250;
    emit({
      bench: "page",
      metric: "seat-first-load-js-gzip",
      value: first,
      unit: "KB",
      baseline: limit,
      ratio: Math.round((first / limit) * 1000) / 1000,
      n: 1,
      notes: "scripts named by the page's HTML; the baseline is the limit",
    });
    emit({
      bench: "page",
      metric: "seat-until-its-site-runs-js-gzip",
      value: sum(untilRunning),
      unit: "KB",
      n: 1,
      notes: "first load and the engine, which is fetched once the page stands",
    });
    emit({
      bench: "page",
      metric: "seat-all-js-gzip",
      value: sum(all),
      unit: "KB",
      n: 1,
      notes: "and the shared page's y-webrtc",
    });
  } finally {
    await browser.close();
    await server.close();
  }
}
