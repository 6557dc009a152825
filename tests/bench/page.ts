import { gzipSync } from "node:zlib";
import type { Browser } from "@playwright/test";
import { createLab, type LabServer, startLabServer } from "../e2e/lab-server";
import { siteOf } from "../e2e/tabs";
import { launch } from "./launch";
import { emit } from "./line";

const limit = 250;
type Script = { readonly bytes: number; readonly preloaded: boolean };
type BenchWindow = { faultline: { put: (key: string, value: string) => Promise<{ status: string }> } };

/** The scripts of a lone seat: those that the HTML names, all until it has acknowledged a write, and all there are. */
async function scriptsOf(server: LabServer, browser: Browser, preset: string) {
  const lab = await createLab(server, { preset, sites: 1 });
  const url = `${server.origin}/lab/${lab.code}`;
  const html = await (await fetch(url)).text();
  const page = await browser.newPage();
  const scripts = new Map<string, Script>();
  page.on("response", async (response) => {
    if (response.request().resourceType() !== "script" || !response.ok()) return;
    const bytes = gzipSync(await response.body(), { level: 9 }).length;
    const path = new URL(response.url()).pathname;
    scripts.set(path, { bytes, preloaded: html.includes(path) });
  });
  await page.goto(url, { waitUntil: "load" });
  await siteOf(page);
  const untilRunning = [...scripts.values()];
  await page.waitForFunction(async () => {
    const { faultline } = window as unknown as BenchWindow;
    return (await faultline.put("x", "A")).status === "ok";
  });
  const untilWritten = [...scripts.values()];
  await page.getByRole("textbox", { name: "Merged (Yjs over y-webrtc)" }).waitFor();
  await page.waitForLoadState("networkidle");
  const all = [...scripts.values()];
  await page.close();
  return { first: all.filter(({ preloaded }) => preloaded), untilRunning, untilWritten, all };
}

function kilobytes(scripts: readonly Script[]): number {
  return Math.round(scripts.reduce((total, { bytes }) => total + bytes, 0) / 102.4) / 10;
}

const stages = {
  first: "scripts named by the page's HTML",
  untilRunning: "and what is fetched until its site runs",
  untilWritten: "and the parts of its cluster's engine: it has acknowledged a write",
  all: "and the shared page's y-webrtc",
} as const;

/** JavaScript that a seat needs, gzipped one by one; the baseline is the limit. */
export async function benchPage(): Promise<void> {
  const [server, browser] = [await startLabServer(), await launch()];
  try {
    for (const preset of ["postgres-async", "yjs"]) {
      const scripts = await scriptsOf(server, browser, preset);
      for (const [stage, notes] of Object.entries(stages)) {
        const value = kilobytes(scripts[stage as keyof typeof stages]);
        const ratio = Math.round((value / limit) * 1000) / 1000;
        const metric = `seat's JavaScript, gzip, ${preset}: ${stage}`;
        emit({ bench: "page", metric, value, unit: "KB", baseline: limit, ratio, n: 1, notes });
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
}
