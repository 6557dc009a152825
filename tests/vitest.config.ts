import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findChromium } from "./find-chromium";

const chromium = findChromium();

/** Two projects: pure code and servers in Node, and code that needs a real browser in one. */
export default defineConfig({
  resolve: { alias: { "@": process.cwd() } },
  test: {
    // By itself Vitest leaves one core to whoever watches, which on two cores is half of them.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: ["tests/{unit,contract,golden,property,sim,server,architecture}/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        // Found only when a test imports them, they would make Vite reload the page in the middle of a run.
        optimizeDeps: {
          include: ["yjs", "y-webrtc", "y-protocols/awareness", "socket.io-client", "zod", "idb"],
        },
        test: {
          name: "browser",
          globalSetup: ["tests/browser/stun.ts"],
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromium === null ? {} : { executablePath: chromium }),
                args: [
                  "--no-sandbox",
                  "--allow-loopback-in-peer-connection",
                  "--disable-background-networking",
                ],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
