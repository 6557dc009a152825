import { parentPort, workerData } from "node:worker_threads";
import { tsImport } from "tsx/esm/api";

// A thread of its own: judging a long trace takes seconds, in which no heartbeat could be answered.
// JavaScript, because a thread begins before anything could teach it to read TypeScript.
const { reportOf } = await tsImport("../../lib/history/report.ts", import.meta.url);
const { replayOf } = await tsImport("../../lib/history/replay.ts", import.meta.url);
parentPort?.postMessage({ ...reportOf(workerData), ...replayOf(workerData.events, workerData.config) });
