import fc from "fast-check";
import { expect, test } from "vitest";
import { needsProof } from "../../lib/coordinator/fence";
import { isTuning } from "../../lib/coordinator/kind";
import type { CoordinatorInput } from "../../lib/coordinator/types";
import { randomStream } from "../../lib/kernel/random";
import type { Cluster, ClusterPatch } from "../../lib/protocol/cluster";
import { hasSyncSet, isDecidedBySites } from "../../lib/protocol/deciders";
import type { SiteId } from "../../lib/protocol/ids";
import type { View } from "../../lib/protocol/view";
import { resolveCluster } from "../../lib/scenario/cluster";
import { presetOf } from "../../lib/scenario/preset-of";
import type { Life } from "../unit/coordinator/life";
import { createPod, type TestPod } from "../unit/coordinator/pod";
import { cluster, trio, views } from "../unit/coordinator/stories";

/** One thing that happens to a pod; `site` is an index into the trio. */
type Act = { readonly verb: VerbName; readonly site: number; readonly value: number };

const patches: readonly ClusterPatch[] = [
  { preset: "postgres-async" },
  { preset: "postgres-sync" },
  { preset: "postgres-sync", sync: { strict: false } },
  { failover: "manual" },
  { detector: { heartbeatMs: 300, timeoutMs: 900 } },
  { detector: { heartbeatMs: 2000, timeoutMs: 9000 } },
  { preset: "yjs" },
  { failover: "topology", fencing: ["epoch"], detector: { kind: "topology" } },
  { preset: "rds-multi-az-cluster" },
  { preset: "redis-sentinel" },
  { preset: "keepalived-pair" },
  { preset: "etcd-raft" },
  { fencing: ["lease-request", "epoch", "stonith"], failback: "preempt" },
  { store: { members: ["mumbai", "pune", "delhi"] as SiteId[], failsafe: true } },
  { ack: "sync", sync: { rule: "any", count: 2 }, detector: { kind: "phi" } },
];

const sites = trio as readonly string[] as readonly SiteId[];

const verbs = {
  run: (pod, _, value) => pod.run(value * 40),
  wait: (pod, _, value) => pod.run(value * 4),
  join: (pod, site) => void pod.join(site),
  crash: ifThere((pod, { site }) => pod.crash(site)),
  close: ifThere((pod, { site }) => pod.close(site)),
  cut: ifThere((_, life) => {
    life.cut = true;
  }),
  mend: ifThere((pod, { site }) => pod.mend(site)),
  freeze: ifThere((pod, { site }) => pod.freeze(site)),
  thaw: ifThere((pod, { site }) => pod.thaw(site)),
  write: ifThere((_, life, value) => {
    life.position = { epoch: life.view?.epoch ?? 0, lsn: value };
  }),
  propose: (pod, _, value) => {
    for (const life of pod.lives()) life.syncSet = sites.filter((__, i) => value & (1 << i));
  },
  forget: (pod, site) => pod.forget(site),
  promote: (pod, site) => pod.promote(site),
  failback: (pod, site) => pod.failback(site),
  rejoin: (pod, site) => pod.rejoin(site),
  /** Whoever was last to be stopped is, and the proof comes. */
  prove(pod) {
    const last = pod.fences().at(-1);
    if (last !== undefined) pod.fenced(last.site, last.incarnation);
  },
  claim: ifThere((pod, life, value) => {
    life.claim = pod.view().epoch + (value % 3);
    life.role = value % 2 === 0 ? "primary" : "replica";
  }),
  stream: ifThere((pod, life, value) => {
    const from = pod.view().primary;
    life.upstream = from === null ? null : { site: from, ok: value % 3 > 0 };
  }),
  configure: (pod, _, value) => pod.configure(clusterAfter(pod, patches[value % patches.length] ?? {})),
  reset: (pod) => pod.reset(),
  restart: (pod, _, value) => {
    pod.stop();
    pod.run(value * 20);
    pod.start();
  },
  suspend: (pod, _, value) => pod.suspend(value * 40),
} satisfies Record<string, (pod: TestPod, site: string, value: number) => void>;
type VerbName = keyof typeof verbs;

/** The running cluster with these axes changed, or, where the two do not go together, the patch alone. */
function clusterAfter(pod: TestPod, patch: ClusterPatch) {
  const changed = resolveCluster(patch, pod.view().cluster);
  return changed.ok ? changed.value : cluster(patch);
}

function ifThere(act: (pod: TestPod, life: Life, value: number) => void) {
  return (pod: TestPod, site: string, value: number): void => {
    const life = pod.lives().findLast((one) => one.site === site);
    if (life !== undefined && !life.gone) act(pod, life, value);
  };
}

/** How often each thing happens: mostly time passes, now and then everything changes. */
const weights: Readonly<Record<VerbName, number>> = {
  run: 12,
  wait: 5,
  join: 5,
  crash: 2,
  close: 2,
  cut: 1,
  mend: 4,
  freeze: 1,
  thaw: 3,
  write: 3,
  propose: 3,
  forget: 1,
  promote: 2,
  failback: 1,
  rejoin: 1,
  prove: 2,
  claim: 1,
  stream: 2,
  configure: 1,
  reset: 1,
  restart: 1,
  suspend: 1,
};

const acts = fc.array(
  fc.record({
    verb: fc.oneof(
      ...(Object.keys(weights) as VerbName[]).map((verb) => ({
        weight: weights[verb],
        arbitrary: fc.constant(verb),
      })),
    ),
    site: fc.nat(2),
    value: fc.nat(100),
  }),
  { minLength: 20, maxLength: 80, size: "max" },
);

/** Plays a story over a network that delays every message by up to `delayMs` and loses some. */
function play(story: {
  acts: readonly Act[];
  seed: number;
  delayMs: number;
  lossPct: number;
  first: ClusterPatch;
}): TestPod {
  const random = randomStream(story.seed, "network");
  const network = () => (random.below(100) < story.lossPct ? null : random.below(story.delayMs + 1));
  const pod = createPod({ sites: trio, cluster: cluster(story.first), network });
  for (const site of trio) pod.join(site);
  for (const { verb, site, value } of story.acts) verbs[verb](pod, trio[site] ?? "mumbai", value);
  return pod;
}

const storiesFrom = (first: fc.Arbitrary<ClusterPatch>) =>
  fc.record({
    acts,
    seed: fc.integer(),
    delayMs: fc.constantFrom(0, 5, 200, 2500),
    lossPct: fc.constantFrom(0, 0, 20),
    first,
  });
const stories = storiesFrom(fc.oneof(fc.constantFrom(...patches.slice(0, 3)), fc.constantFrom(...patches)));

/** Stories of pods that begin as the property is about; a `configure` may still make anything of them. */
function storiesOf(isMeant: (cluster: Cluster) => boolean) {
  return storiesFrom(fc.constantFrom(...patches.filter((patch) => isMeant(cluster(patch)))));
}

/** The reigns that the coordinator began; where the sites decide it only repeats what they say. */
function appointments(pod: TestPod) {
  return pod.promotions().filter(({ after }) => !isDecidedBySites(after.view.cluster));
}

/** True for the proof that this life of a site has been stopped. */
function stops(input: CoordinatorInput, life: { site: SiteId; incarnation: number }): boolean {
  return input.type === "fenced" && input.site === life.site && input.incarnation === life.incarnation;
}

const settings: fc.Parameters<[Parameters<typeof play>[0]]> = { numRuns: 500 };

test("[C2] view numbers rise one by one and epochs never go back, whatever happens", () => {
  let epochs = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const all = views(play(story)).map(({ view }) => view);
      epochs = Math.max(epochs, all.at(-1)?.epoch ?? 0);
      for (const [i, view] of all.entries()) {
        expect(view.number).toBe(i + 1);
        expect(view.epoch).toBeGreaterThanOrEqual(all[i - 1]?.epoch ?? 0);
      }
      const named = all.flatMap(({ epoch, primary }) => (primary === null ? [] : [`${epoch} ${primary}`]));
      expect(new Set(named).size).toBe(new Set(named.map((name) => name.split(" ")[0])).size);
    }),
    settings,
  );
  expect(epochs).toBeGreaterThan(3);
});

test("[C60] [C102] [C103] no reign goes through a change of what its acknowledgements mean", () => {
  let changes = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const reigning = new Map<number, View>();
      for (const { view } of views(play(story))) {
        if (isDecidedBySites(view.cluster) || view.primary === null) continue;
        const before = reigning.get(view.epoch) ?? view;
        const presets = { from: presetOf(before.cluster), to: presetOf(view.cluster) };
        if (!isTuning(before.cluster, view.cluster, presets))
          throw new Error(`${before.reason} and ${view.reason} in epoch ${view.epoch}`);
        if (view.change !== null) expect(view.epoch).toBeGreaterThan(view.change.above);
        if (view.change !== reigning.get(view.epoch - 1)?.change) changes += 1;
        reigning.set(view.epoch, view);
      }
    }),
    settings,
  );
  expect(changes).toBeGreaterThan(100);
});

function told({ life, from, until }: { life: Life; from: number; until: number }): string {
  return `${life.site}#${life.incarnation} from ${from} to ${until}`;
}

test("[C31] [C32] [C34] two lives never hold a lease at one time, by the holders' own arithmetic", () => {
  let successions = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const leases = play(story)
        .lives()
        .flatMap((life) => life.leases.map((lease) => ({ ...lease, life })))
        .filter(({ from, until }) => until > from);
      for (const [i, one] of leases.entries()) {
        for (const other of leases.slice(i + 1).filter(({ life }) => life !== one.life)) {
          successions += 1;
          if (one.from < other.until && other.from < one.until)
            throw new Error(`${told(one)} and ${told(other)}`);
        }
      }
    }),
    settings,
  );
  expect(successions).toBeGreaterThan(1000);
});

test("[C32] [C33] [C36] [C90] nobody is promoted before the timeout without a release, a stepping down or a proof", () => {
  let promotions = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const pod = play(story);
      const renewals = pod
        .happenings()
        .flatMap((happening, n) => (happening.what === "renewal" ? [{ ...happening, n }] : []));
      for (const { atMs, order, after } of appointments(pod)) {
        promotions += 1;
        for (const { n, site, incarnation, untilMs, atMs: renewedMs } of renewals) {
          // Much may happen in one ms, and what came after the promotion is not about it.
          if (n >= order || untilMs <= atMs) continue;
          const life = pod.lives().find((one) => one.site === site && one.incarnation === incarnation);
          const hasSteppedDown = life?.obeyed.some(
            (seen) => renewedMs <= seen.at && seen.at <= atMs && seen.primary !== site,
          );
          const isSame = after.reign?.primary === site && after.reign.incarnation === incarnation;
          const isProven = pod
            .inputs()
            .some(
              (input) => stops(input, { site, incarnation }) && renewedMs <= input.mono && input.mono <= atMs,
            );
          if (isSame || hasSteppedDown || life?.released || isProven) continue;
          throw new Error(
            `${after.reign?.primary} at ${atMs}, though ${site}#${incarnation} had until ${untilMs}`,
          );
        }
      }
    }),
    settings,
  );
  expect(promotions).toBeGreaterThan(500);
});

test("[C51] [C52] under sync nobody outside the recorded set and the last primary is ever promoted", () => {
  let successions = 0;
  fc.assert(
    fc.property(storiesOf(hasSyncSet), (story) => {
      for (const { before, after } of appointments(play(story))) {
        const isSync = hasSyncSet(before.view.cluster) && after.view.generation === before.view.generation;
        if (!isSync || before.reign === null || after.reign === null) continue;
        const { primary } = after.reign;
        if (primary !== before.reign.primary) successions += 1;
        const mayReign =
          primary === before.reign.primary ? !before.reign.diskLost : before.syncSet.includes(primary);
        if (!mayReign)
          throw new Error(`${primary} after ${JSON.stringify(before.reign)}, set ${before.syncSet}`);
      }
    }),
    settings,
  );
  expect(successions).toBeGreaterThan(5);
});

test("[C80] where the sites decide no lease is ever granted and no epoch is made up", () => {
  let observed = 0;
  fc.assert(
    fc.property(storiesOf(isDecidedBySites), (story) => {
      const pod = play(story);
      let isDecided = false;
      for (const happening of pod.happenings()) {
        if (happening.what === "view") isDecided = isDecidedBySites(happening.view.cluster);
        else if (happening.what === "renewal" && isDecided)
          throw new Error(`${happening.site} got a lease at ${happening.atMs}`);
      }
      observed += pod.promotions().length - appointments(pod).length;
    }),
    { numRuns: 300 },
  );
  expect(observed).toBeGreaterThan(5);
});

test("[C89] with stonith nobody succeeds another without its word, its goodbye or the proof", () => {
  let successions = 0;
  fc.assert(
    fc.property(storiesOf(needsProof), (story) => {
      const pod = play(story);
      for (const { atMs, before, after } of appointments(pod)) {
        const former = before.reign;
        const isSame = former?.primary === after.reign?.primary;
        if (former === null || isSame || !needsProof(before.view.cluster)) continue;
        if (after.view.generation !== before.view.generation) continue;
        successions += 1;
        const life = pod
          .lives()
          .find((one) => one.site === former.primary && one.incarnation === former.incarnation);
        const stopped = { site: former.primary, incarnation: former.incarnation };
        const isProven = pod.inputs().some((input) => stops(input, stopped) && input.mono <= atMs);
        const hasObeyed = life?.obeyed.some(({ at, primary }) => at <= atMs && primary !== former.primary);
        if (!isProven && !hasObeyed && !life?.released)
          throw new Error(`${after.reign?.primary} at ${atMs}, though ${former.primary} may be running`);
      }
    }),
    settings,
  );
  expect(successions).toBeGreaterThan(5);
});
