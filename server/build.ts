import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Everything that the pages are made from. */
const sources = ["app", "lib", "public", "next.config.js", "package-lock.json", "tsconfig.json"];
const mark = join(root, ".next", "faultline-sources");

/** Builds the pages if there is no build of exactly these sources; false when that fails. */
export function ensureBuilt(): boolean {
  const present = digestOfSources();
  if (isBuilt(present)) return true;
  process.stdout.write("Building the pages (only after a change) …\n");
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const env = { ...process.env, NODE_ENV: "production" as const, NEXT_TELEMETRY_DISABLED: "1" };
  const built = spawnSync(process.execPath, [next, "build"], { cwd: root, env, stdio: "inherit" });
  if (built.status !== 0) return false;
  mkdirSync(join(root, ".next"), { recursive: true });
  writeFileSync(mark, present);
  return true;
}

function isBuilt(present: string): boolean {
  return (
    existsSync(join(root, ".next", "BUILD_ID")) && existsSync(mark) && readFileSync(mark, "utf8") === present
  );
}

/** By content, so that a checkout or a copy with other dates does not build again. */
function digestOfSources(): string {
  const hash = createHash("sha256");
  for (const file of sources.flatMap(filesUnder).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(path: string): string[] {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full).flatMap((name) => filesUnder(join(path, name)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(ensureBuilt() ? 0 : 1);
