import { benchEngine } from "./engine";
import { benchFailover } from "./failover";
import { benchGrowth } from "./growth";
import { benchMemory } from "./memory";
import { benchMerge } from "./merge";
import { benchMesh } from "./mesh";
import { benchPage } from "./page";
import { benchReplicate } from "./replicate";
import { benchSim } from "./sim";

/** Each benchmark measures the product and its baseline side by side, in the same run. */
const benches: Readonly<Record<string, () => Promise<void>>> = {
  mesh: benchMesh,
  replicate: benchReplicate,
  failover: benchFailover,
  page: benchPage,
  sim: benchSim,
  engine: benchEngine,
  memory: benchMemory,
  merge: benchMerge,
  growth: benchGrowth,
};

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(name in benches));
  if (unknown !== undefined) {
    process.stderr.write(
      `unknown benchmark ${unknown}: expected one of ${Object.keys(benches).join(", ")}\n`,
    );
    process.exit(2);
  }
  for (const [name, run] of Object.entries(benches)) {
    if (names.length === 0 || names.includes(name)) await run();
  }
}

await main();
