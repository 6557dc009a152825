import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import type { ScriptResult, ScriptState } from "../../../lib/session/scripting";
import type { RunningSeat, Seat } from "../../../lib/session/view-model";
import { readConfig } from "../../../server/config";
import { type LabServer, startLabServer } from "../../../server/lab-server";
import type { LabStore } from "../../../server/store/lab-store";
import { findChromium } from "../../find-chromium";
import { createMemoryStore } from "../../server/memory-store";

/** The least page that holds a seat: no Next, no React, the same session code. */
const seatPage = `
  import { createSeat } from "./lib/session/seat";
  import { installSeatScript } from "./lib/session/scripting";
  const seat = createSeat({ code: location.pathname.split("/")[2], wish: {} });
  window.seat = seat;
  installSeatScript(seat);
`;

/** What the page holds, as the tests reach it. */
declare global {
  interface Window {
    seat: Seat;
  }
}

export type Rig = {
  readonly origin: string;
  readonly context: BrowserContext;
  readonly createLab: (body: object) => Promise<{ readonly code: string; readonly key: string }>;
  readonly command: (lab: { code: string; key: string }, body: object) => Promise<{ tookMs: number }>;
  /** Deletes the lab as its console does. */
  readonly endLab: (lab: { code: string; key: string }) => Promise<void>;
  /** Opens a seat, by code or at a whole address, and waits until its site runs. */
  readonly openSeat: (codeOrUrl: string) => Promise<Page>;
  /** The server stops and starts again on the same port with the same data. */
  readonly restartServer: (whileAway: () => Promise<void>) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A real server and a real browser, with the smallest page that can hold a seat. */
export async function createSeatRig(): Promise<Rig> {
  const script = await bundle();
  const store = createMemoryStore();
  let server = await startServer(script, store, 0);
  const origin = `http://localhost:${server.port}`;
  const browser = await launch();
  const context = await browser.newContext();

  async function post(path: string, body: object, key?: string): Promise<unknown> {
    const answer = await fetch(`${origin}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  return {
    origin,
    context,
    createLab: (body) => post("/api/labs", body) as Promise<{ code: string; key: string }>,
    command: ({ code, key }, body) =>
      post(`/api/labs/${code}/command`, body, key) as Promise<{ tookMs: number }>,
    endLab: async ({ code, key }) => {
      await fetch(`${origin}/api/labs/${code}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${key}` },
      });
    },
    openSeat: async (codeOrUrl) => {
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error("page error:", error));
      await page.goto(codeOrUrl.startsWith("http") ? codeOrUrl : `${origin}/lab/${codeOrUrl}`);
      await ready(page);
      return page;
    },
    restartServer: async (whileAway) => {
      await server.close();
      await whileAway();
      server = await startServer(script, store, server.port);
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** Waits until the page's site runs. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => "seat" in window && window.seat.store.get().phase === "running");
}

/** Everything the seat's page is drawn from. */
export function viewOf(page: Page): Promise<RunningSeat> {
  return page.evaluate(() => window.seat.store.get() as RunningSeat);
}

export function stateOf(page: Page): Promise<ScriptState> {
  return page.evaluate(() => {
    if (window.faultline === undefined || !("put" in window.faultline)) throw new Error("no script");
    return window.faultline.state() as ScriptState;
  });
}

/** One write through the page's own script. */
export function put(page: Page, key: string, value: string): Promise<ScriptResult> {
  return page.evaluate(
    ([name, text]) => {
      if (window.faultline === undefined || !("put" in window.faultline)) throw new Error("no script");
      return window.faultline.put(name, text);
    },
    [key, value] as const,
  );
}

async function bundle(): Promise<string> {
  const result = await build({
    stdin: { contents: seatPage, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
  });
  return result.outputFiles[0]?.text ?? "";
}

async function startServer(script: string, store: LabStore, port: number): Promise<LabServer> {
  const config = readConfig({ PORT: String(port), HOST: "127.0.0.1", LOG_LEVEL: "silent" });
  if (!config.ok) throw new Error(config.error);
  const server = await startLabServer({
    config: config.value,
    store,
    dev: false,
    version: "test",
    onError: (error, place) => console.error("server error:", place, error),
  });
  server.setPages(async (request, response) => {
    const isScript = request.url === "/seat.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/seat.js"></script>');
  });
  return server;
}

function launch(): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: ["--no-sandbox", "--allow-loopback-in-peer-connection"],
  });
}
