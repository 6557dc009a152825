import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { Seeds } from "./seeds";
import type { Broken } from "./soak-batch";

/** Seeds of one row for one core: `row` is its place in the table. */
export type Batch = { readonly row: number; readonly seeds: Seeds; readonly shrinks: boolean };

/** Room for what a run leaves behind, so that seeds are not collected while they are still in use. */
const youngMb = 64;

/** Runs batches on so many cores, each as soon as one is free, until there is no `next`. `done` hears of each. */
export async function runBatches(
  cores: number,
  next: () => Batch | null,
  done: (batch: Batch, broken: readonly Broken[]) => void,
): Promise<void> {
  const code = await workerCode();
  await Promise.all(Array.from({ length: cores }, () => runOn(startWorker(code), next, done)));
}

/** A thread cannot start from TypeScript. Bundled, it starts in a moment, and runs a quarter faster than through tsx. */
async function workerCode(): Promise<string> {
  const entry = join(import.meta.dirname, "soak-worker.ts");
  const options = { bundle: true, platform: "node", format: "cjs", write: false } as const;
  const { outputFiles } = await build({ entryPoints: [entry], ...options });
  return outputFiles[0]?.text ?? "";
}

function startWorker(code: string): Worker {
  return new Worker(code, {
    eval: true,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
  });
}

function runOn(
  worker: Worker,
  next: () => Batch | null,
  done: (batch: Batch, broken: readonly Broken[]) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let batch: Batch | null = null;
    const hand = () => {
      batch = next();
      if (batch !== null) worker.postMessage(batch);
      else void worker.terminate().then(() => resolve());
    };
    worker.on("message", (broken: readonly Broken[]) => {
      if (batch !== null) done(batch, broken);
      hand();
    });
    worker.on("error", reject);
    hand();
  });
}
