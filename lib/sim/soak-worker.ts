import { parentPort } from "node:worker_threads";
import { must } from "../kernel/assert";
import { promiseRows } from "./promises";
import { soakBatch } from "./soak-batch";
import type { Batch } from "./soak-pool";

/** One core of a soak: it is handed a batch, tells what broke in it, and is handed the next. */
parentPort?.on("message", ({ row, seeds, shrinks }: Batch) => {
  parentPort?.postMessage(soakBatch(must(promiseRows[row], "a row of the table"), seeds, shrinks));
});
