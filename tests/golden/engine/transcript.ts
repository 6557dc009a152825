import { assert, must } from "@/lib/kernel/assert";
import type { Cluster } from "@/lib/protocol/cluster";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, site, type World } from "../../unit/engine/world";
import { describeOutput, describeSent, place } from "./describe";

/**
 * Plays one text file over a few engines, in memory, with a coordinator that does as it is told, and
 * gives the same text back with what really happened. A block is its commands, a line of four dashes,
 * and the transcript; `#` starts a comment. Blocks of one file follow on each other.
 */
export function replay(text: string): string {
  const play = createPlayer();
  const blocks = text.trimEnd().split(/\n\n+/);
  const played = blocks.map((block) => {
    const [commands = ""] = block.split(/^----$/m);
    const lines = commands.trimEnd().split("\n");
    const doing = lines.filter((line) => !line.startsWith("#"));
    return doing.length === 0 ? lines.join("\n") : [...lines, "----", ...doing.flatMap(play)].join("\n");
  });
  return `${played.join("\n\n")}\n`;
}

function createPlayer(): (line: string) => readonly string[] {
  let world: World | null = null;
  let news: string[] = [];
  let proposed = "";
  const tell = (lines: readonly string[]) => {
    for (const line of lines) {
      // Every heartbeat repeats the proposal; only a change is news.
      if (line.includes(" proposes ") && line === proposed) continue;
      if (line.includes(" proposes ")) proposed = line;
      news.push(`${((world?.mono() ?? 0) / 1000).toFixed(3).padStart(7)} ${line}`);
    }
  };
  return (line) => {
    news = [];
    const json = line.includes("{") ? line.slice(line.indexOf("{")) : "{}";
    const [command = "", ...args] = line.replace(json, "").trim().split(" ");
    if (command === "sites") {
      world = createWorld(args, JSON.parse(json) as Partial<Cluster>, {
        onOutput: (at, output) => tell(describeOutput(at, output)),
        onDeliver: (sent) => tell(describeSent(sent)),
        onLost: (sent) => tell(describeSent(sent).map((line) => `${line} (lost)`)),
      });
      return news;
    }
    const answer = perform(must(world, "the first command is sites"), command, args);
    return [...news, ...answer];
  };
}

/** One command. Its answer, besides what it made happen. */
function perform(world: World, command: string, args: readonly string[]): readonly string[] {
  const [first = "", second = ""] = args;
  switch (command) {
    case "settle":
      world.settle();
      return [];
    case "run":
      world.advance(Number(first));
      return [];
    case "freeze":
      world.freeze(Number(first));
      return [];
    case "cut":
    case "mend":
      world[command](first, second);
      return [];
    case "crash":
      world.crash(first, second === "lost" ? "lost" : "kept");
      return [];
    case "restart":
      world.restart(first);
      return [];
    case "disk":
      world.host(first).diskSlow = second === "slow";
      return [];
    case "coordinator":
      world.silence(first === "silent");
      return [];
    case "primary":
      world.change(first === "nobody" ? { primary: null } : { primary: site(first) });
      return [];
    case "drain":
      world.change({ phase: "draining" });
      return [];
    case "serve":
      world.change({ phase: "serving" });
      return [];
    case "tell":
      world.tell(first);
      return [];
    case "many":
      return many(world, first, Number(second));
    case "status":
      return world
        .hosts()
        .map(({ name, engine }) => (engine === null ? `${name}: down` : status(world, name)));
    default:
      world.client(first, operation(command, args.slice(1)));
      return [];
  }
}

/** `put pune x A`, `get pune x`, `increment pune n 2`, `cas pune x A B`, `delete pune x`. */
function operation(f: string, [key = "", ...values]: readonly string[]): Operation {
  const [first = "", second = ""] = values;
  switch (f) {
    case "put":
      return { f, key, value: first };
    case "get":
    case "delete":
      return { f, key };
    case "increment":
      return { f, key, by: Number(first) };
    case "cas":
      return { f, key, from: first, to: second };
    default:
      assert(false, `no such command: ${f}`);
  }
}

/** Writes by the thousand, told in one line. */
function many(world: World, at: string, count: number): readonly string[] {
  for (let n = 0; n < count; n += 1) {
    world.client(at, { f: "put", key: `k${n % 100}`, value: `${n}` }, `many:${n}`);
    world.flush(at);
  }
  return [`${count} writes at ${at}`];
}

function status(world: World, name: string): string {
  const { role, epoch, position, keys, lagOps, discarded, cannotWrite } = world.snapshot(name);
  const shown = Object.entries(keys).map(([key, { value }]) => `${key}=${JSON.stringify(value)}`);
  const parts = [
    `${name}: ${role}, epoch ${epoch}, at ${place(position)}`,
    shown.length > 8 ? `${shown.length} keys` : shown.join(" ") || "no keys",
    ...(lagOps === null || lagOps === 0 ? [] : [`lag ${lagOps}`]),
    ...(discarded.length === 0 ? [] : [`discarded ${discarded.map(({ opId }) => opId).join(" ")}`]),
    ...(cannotWrite === null ? [] : [`cannot write: ${cannotWrite}`]),
  ];
  return parts.join("; ");
}
