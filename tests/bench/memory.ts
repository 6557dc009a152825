import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { measuredClusters } from "./clusters";
import { emit, round } from "./line";

/** What a site may hold after that many operations (issue 3, Speed). */
const mostMiB = 64;
const work = fileURLToPath(new URL("memory-work.ts", import.meta.url));

/**
 * The heap of one site's engine after 100,000 operations on 10,000 keys: what is given back when the
 * engine alone is let go of, in a process of its own, after garbage collection.
 */
export async function benchMemory(): Promise<void> {
  for (const { name } of measuredClusters) {
    const args = ["--expose-gc", "--import", "tsx", work, name];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const sites = JSON.parse(stdout) as readonly { readonly role: string; readonly bytes: number }[];
    for (const { role, bytes } of sites) {
      const value = round(bytes / 2 ** 20);
      const notes = `${name}; ${role}; 10,000 keys, read and written in turn; at most ${mostMiB} MiB`;
      emit({ bench: "memory", metric: "heap of a site", value, unit: "MiB", n: 100_000, notes });
      if (bytes > mostMiB * 2 ** 20) process.exitCode = 1;
    }
  }
}
