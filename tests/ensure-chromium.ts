import { spawnSync } from "node:child_process";
import { findChromium } from "./find-chromium";

/** Ways to get a browser on a machine that has none, in the order they are tried. */
const installers: readonly { name: string; possible: () => boolean; run: () => boolean }[] = [
  {
    name: "Playwright's own download",
    possible: () => true,
    run: () => succeeds("npx", "playwright", "install", "chromium"),
  },
  {
    name: "Debian's chromium package",
    possible: () => process.getuid?.() === 0 && succeeds("sh", "-c", "command -v apt-get"),
    run: () => succeeds("apt-get", "update") && succeeds("apt-get", "install", "-y", "chromium"),
  },
];

function succeeds(program: string, ...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"], env }).status === 0;
}

/** The browser to test with, installed if need be; `say` hears which. Ends the process where none can be had. */
export function ensureChromium({ say }: { say: (line: string) => void }): string {
  const found = findChromium();
  if (found !== null) {
    say(`browser: ${found}\n`);
    return found;
  }
  for (const installer of installers) {
    if (!installer.possible()) continue;
    say(`no browser found: trying ${installer.name}\n`);
    installer.run();
    const installed = findChromium();
    if (installed === null) continue;
    say(`browser: ${installed} (by ${installer.name})\n`);
    return installed;
  }
  process.stderr.write("The tests need Chromium. Install it, or set FAULTLINE_CHROMIUM to its path.\n");
  process.exit(1);
}
