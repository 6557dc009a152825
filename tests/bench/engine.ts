import { measuredClusters, startPod } from "./clusters";
import { emit, ratio, round } from "./line";

const warmUp = 3000;
const puts = 20_000;
const keys = 1000;

/**
 * What a replicated put costs the engines of a whole pod in one process, with no network and no disk to
 * wait for: puts and steps a second, beside appending the same record as JSON to a list of lines.
 */
export async function benchEngine(): Promise<void> {
  for (const kind of measuredClusters) {
    const pod = startPod(kind);
    const site = pod.primary();
    const put = (i: number) => {
      const outcome = pod.ask(site, { f: "put", key: `key-${i % keys}`, value: `value ${i}` });
      if (outcome?.status !== "ok") throw new Error(`${kind.name}: put ${i} was answered ${outcome?.status}`);
      if (i % 20 === 0) pod.wait(1);
    };
    for (let i = 0; i < warmUp; i += 1) put(i);
    const before = pod.steps();
    const ms = msOf(() => {
      for (let i = 0; i < puts; i += 1) put(i);
    });
    const steps = pod.steps() - before;
    const perSecond = Math.round((puts / ms) * 1000);
    const bare = Math.round((puts / msOf(bareAppend)) * 1000);
    const line = { bench: "engine", n: puts, notes: `${kind.name}; ${kind.sites} sites in one process` };
    emit({ ...line, metric: "steps per second", value: round((steps / ms) * 1000, 0), unit: "1/s" });
    emit({
      ...line,
      ...{ metric: "replicated puts per second", value: perSecond, unit: "1/s" },
      ...{ baseline: bare, ratio: ratio(perSecond, bare) },
    });
  }
}

/** The least that a log can be: each record as a line of JSON, and the newest value of each key. */
function bareAppend(): void {
  const lines: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < puts; i += 1) {
    const op = { f: "put", key: `key-${i % keys}`, value: `value ${i}` };
    lines.push(JSON.stringify({ epoch: 1, lsn: i, opId: `op:${i}`, session: "bench", op, wallMs: i }));
    values.set(op.key, op.value);
  }
}

function msOf(work: () => void): number {
  const { user, system } = process.cpuUsage();
  work();
  const after = process.cpuUsage();
  return (after.user - user + after.system - system) / 1000;
}
