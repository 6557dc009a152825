import { defineConfig } from "@playwright/test";
import { findChromium } from "./find-chromium";

const executablePath = findChromium();

/**
 * End-to-end stories. Each spec starts its own server (see `e2e/lab-server.ts`), so that one may
 * kill and restart it. Flags: root needs `--no-sandbox`; loopback candidates make the tests
 * independent of the machine's network; `lab.test` is a plain-http origin that is not localhost.
 */
export default defineConfig({
  testDir: ".",
  testMatch: ["e2e/**/*.spec.ts", "a11y/**/*.spec.ts"],
  outputDir: "../test-results",
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"], ["json"]],
  use: {
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: [
        "--no-sandbox",
        "--allow-loopback-in-peer-connection",
        "--disable-background-networking",
        "--host-resolver-rules=MAP lab.test 127.0.0.1",
      ],
    },
    trace: "off",
    screenshot: "only-on-failure",
  },
});
