import type { Cluster } from "@/lib/protocol/cluster";
import { plainOf } from "@/lib/scenario/cluster";
import { createWorld, type Watch, type World } from "./world";

export const three = ["mumbai", "pune", "delhi"];
export const put = (key: string, value: string) => ({ f: "put", key, value }) as const;
export const get = (key: string) => ({ f: "get", key }) as const;

/** A consensus cluster at work: Mumbai leads. */
export function consensus(names: readonly string[], axes: Partial<Cluster> = {}, watch: Watch = {}): World {
  const world = createWorld(names, { ...plainOf.consensus, ...axes }, watch);
  world.settle();
  return world;
}
export const raft = (axes: Partial<Cluster["raft"]>) => ({ raft: { ...plainOf.consensus.raft, ...axes } });

export function isolate(world: World, name: string): void {
  for (const { name: other } of world.hosts()) if (other !== name) world.cut(name, other);
}
export const primaries = (world: World) =>
  world.hosts().filter(({ name, engine }) => engine !== null && world.snapshot(name).role === "primary");
export const reasons = (world: World, name: string) =>
  world.trace.flatMap(({ at, event }) => (at === name && event.kind === "role" ? [event.reason] : []));
