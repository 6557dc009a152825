import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";

const namesOnPath = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The browser that the tests drive: `FAULTLINE_CHROMIUM`, else the one Playwright installed, else
 * one on the PATH. Null where the machine has none.
 */
export function findChromium(): string | null {
  const named = process.env.FAULTLINE_CHROMIUM;
  if (named !== undefined && named !== "") return named;
  const installed = chromium.executablePath();
  if (existsSync(installed)) return installed;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return (
    folders.flatMap((folder) => namesOnPath.map((name) => join(folder, name))).find(isExecutable) ?? null
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
