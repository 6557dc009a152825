import { assert, must, unreachable } from "../../../lib/kernel/assert";
import { clusterPatchSchema } from "../../../lib/protocol/cluster";
import type { SiteId } from "../../../lib/protocol/ids";
import { resolveCluster } from "../../../lib/scenario/cluster";
import { createPod, type Happening, type TestPod } from "../../unit/coordinator/pod";

/**
 * Plays one text file against a coordinator and gives the same text back with what really happened.
 * A block is its commands, a line of four dashes, and the transcript; `#` starts a comment.
 */
export function replay(text: string): string {
  const player = createPlayer();
  const blocks = text.trimEnd().split(/\n\n+/);
  const played = blocks.map((block) => {
    const [commands = ""] = block.split(/^----$/m);
    const lines = commands.trimEnd().split("\n");
    if (lines.every((line) => line.startsWith("#"))) return lines.join("\n");
    const said = lines.filter((line) => !line.startsWith("#")).flatMap((line) => player(line));
    return [...lines, "----", ...said].join("\n");
  });
  return `${played.join("\n\n")}\n`;
}

type Player = (line: string) => string[];

function createPlayer(): Player {
  let pod: TestPod | null = null;
  let shown = 0;
  return (line) => {
    const json = line.includes("{") ? line.slice(line.indexOf("{")) : "{}";
    const words = line.replace(json, "").trim().split(" ");
    const [command = "", ...args] = words;
    if (command === "pod") pod = createPod({ sites: args, cluster: clusterOf(json, null) });
    const here = must(pod, "the first command is pod");
    const answers = command === "pod" ? [] : perform(here, command, args, json);
    const news = here.happenings().slice(shown).flatMap(describe);
    shown = here.happenings().length;
    return [...news, ...answers];
  };
}

function clusterOf(json: string, running: TestPod | null) {
  const result = resolveCluster(clusterPatchSchema.parse(JSON.parse(json)), running?.view().cluster);
  assert(result.ok, `no such cluster: ${json}`);
  return result.value;
}

function perform(pod: TestPod, command: string, args: readonly string[], json: string): string[] {
  const [first = "", second = ""] = args;
  switch (command) {
    case "join":
      for (const site of args) pod.join(site);
      return [];
    case "crash":
    case "close":
    case "forget":
    case "mend":
      for (const site of args) pod[command](site);
      pod.run(0);
      return [];
    case "run":
      pod.run(Number(first));
      return [];
    case "suspend":
      pod.suspend(Number(first));
      pod.run(1);
      return [];
    case "stop":
    case "start":
      pod[command]();
      return [];
    case "promote":
      pod.promote(first);
      return answer(pod);
    case "configure":
      pod.configure(clusterOf(json, pod));
      return answer(pod);
    case "reset":
      pod.reset();
      return answer(pod);
    // mumbai's log ends at epoch 1, write 7:  log mumbai 1/7
    case "log": {
      const [epoch = 0, lsn = 0] = second.split("/").map(Number);
      pod.life(first).position = { epoch, lsn };
      return [];
    }
    case "seen":
      pod.life(first).seenDigest = second;
      return [];
    case "propose":
      pod.life(first).syncSet = args.slice(1) as SiteId[];
      return [];
    case "cut":
      for (const site of args) pod.life(site).cut = true;
      return [];
    case "hide":
      pod.life(first).hidden = true;
      return [];
    // pune's stream from mumbai stands:  stream pune mumbai ok
    case "stream":
      pod.life(first).upstream = { site: second as SiteId, ok: args[2] === "ok" };
      return [];
    case "apply":
      pod.life(first).appliedLsn = Number(second);
      return [];
    case "stopped":
      pod.fenced(first, Number(second));
      return [];
    case "vouch":
      pod.life(first).peers = args.slice(1).map((site) => ({ site: site as SiteId, state: "alive" }));
      return [];
    case "claim":
      pod.life(first).claim = Number(second);
      pod.life(first).role = "primary";
      return [];
    case "rebuild":
      pod.life(first).role = "rebuilding";
      return [];
    case "status":
      return status(pod);
    default:
      throw new Error(`no such command: ${command}`);
  }
}

function answer(pod: TestPod): string[] {
  const refused = pod.refused();
  return refused === null ? ["accepted"] : [`refused: ${refused}`];
}

function describe(happening: Happening): string[] {
  if (happening.what !== "record") return [];
  const { event, atMs } = happening;
  const at = `${(atMs / 1000).toFixed(3)}`.padStart(7);
  switch (event.kind) {
    case "view": {
      const phase = event.phase === "draining" ? " draining" : "";
      return [
        `${at} view ${event.number}, epoch ${event.epoch}, primary ${event.primary ?? "-"}${phase}: ${event.reason}`,
      ];
    }
    case "detect":
      return [`${at} ${event.target} is ${event.state}: ${event.evidence}`];
    case "note":
      return [`${at} ${event.text}`];
    default:
      return unreachable(event as never);
  }
}

function status(pod: TestPod): string[] {
  const { sites, syncSet, view, waitingFor } = pod.snapshot();
  const rows = sites.map(({ site, status: judged, position, silentMs }) => {
    const life = pod.lives().findLast((one) => one.site === site);
    const leaseMs = life === undefined || life.gone ? 0 : Math.max(0, life.leaseUntil - pod.now());
    const lease = leaseMs > 0 ? `, lease ${leaseMs} ms` : "";
    return `${site}: ${judged}, ${position.epoch}/${position.lsn}, silent ${silentMs ?? "-"} ms${lease}`;
  });
  const set = view.cluster.ack === "sync" ? [`sync set: ${syncSet.join(" ") || "-"}`] : [];
  return [...rows, ...set, `members: ${view.members.join(" ")}; waiting for: ${waitingFor ?? "nothing"}`];
}
