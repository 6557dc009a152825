import type { Engine } from "../../lib/engine/types";
import { must } from "../../lib/kernel/assert";
import { limits } from "../../lib/protocol/limits";
import type { Operation } from "../../lib/protocol/operation";
import { measuredClusters, startPod } from "./clusters";

const operations = 100_000;

/** Runs the work of one kind of cluster and gives back the engines of its primary and of a replica. */
function workedEngines(name: string): Map<string, Engine> {
  const kind = must(
    measuredClusters.find((each) => each.name === name),
    "a kind of cluster",
  );
  // Through text, as over a wire: two sites share nothing.
  const pod = startPod(kind, (message) => JSON.parse(JSON.stringify(message)));
  const site = pod.primary();
  // Every key is read and then written: what nobody has read, some merge rules would keep side by side.
  for (let i = 0; i < operations; i += 1) {
    const key = `key-${(i >> 1) % limits.keysPerSite}`;
    const value = `value ${i} of a key that holds as much as a short sentence does.`;
    const op: Operation = i % 2 === 0 ? { f: "get", key } : { f: "put", key, value };
    const outcome = pod.ask(site, op);
    if (outcome?.status !== "ok") throw new Error(`operation ${i} was answered ${outcome?.status}`);
    if (i % 20 === 0) pod.wait(10);
  }
  pod.wait(5000);
  const others = kind.sites === 1 ? [] : [["replica", pod.engine("pune" as never)] as const];
  return new Map([["primary", pod.engine(site)], ...others]);
}

function heap(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** What people look at is kept by the engine. In a frame of its own, so that none stays behind in this one. */
function lookAt(engines: ReadonlyMap<string, Engine>): void {
  for (const engine of engines.values()) engine.snapshot();
}

const engines = workedEngines(process.argv[2] ?? "");
lookAt(engines);
const found = [...engines.keys()].map((role) => {
  const before = heap();
  engines.delete(role);
  return { role, bytes: before - heap() };
});
process.stdout.write(JSON.stringify(found));
