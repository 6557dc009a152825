import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../../lib/kernel/random";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { SiteId } from "../../lib/protocol/ids";
import type { Life } from "../unit/coordinator/life";
import { createPod, type TestPod } from "../unit/coordinator/pod";
import { change, cluster, trio, views } from "../unit/coordinator/stories";

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
  configure: (pod, _, value) => change(pod, patches[value % patches.length] ?? {}),
  reset: (pod) => pod.reset(),
  restart: (pod, _, value) => {
    pod.stop();
    pod.run(value * 20);
    pod.start();
  },
  suspend: (pod, _, value) => pod.suspend(value * 40),
} satisfies Record<string, (pod: TestPod, site: string, value: number) => void>;
type VerbName = keyof typeof verbs;

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
  first: number;
}): TestPod {
  const random = randomStream(story.seed, "network");
  const network = () => (random.below(100) < story.lossPct ? null : random.below(story.delayMs + 1));
  const pod = createPod({ sites: trio, cluster: cluster(patches[story.first] ?? {}), network });
  for (const site of trio) pod.join(site);
  for (const { verb, site, value } of story.acts) verbs[verb](pod, trio[site] ?? "mumbai", value);
  return pod;
}

const stories = fc.record({
  acts,
  seed: fc.integer(),
  delayMs: fc.constantFrom(0, 5, 200, 2500),
  lossPct: fc.constantFrom(0, 0, 20),
  first: fc.nat(2),
});

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
  expect(epochs).toBeGreaterThan(5);
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

test("[C32] [C33] [C36] nobody is promoted before the timeout without a release or a stepping down", () => {
  let promotions = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const pod = play(story);
      const renewals = pod
        .happenings()
        .flatMap((happening) => (happening.what === "renewal" ? [happening] : []));
      for (const { atMs, after } of pod.promotions()) {
        promotions += 1;
        for (const { site, incarnation, untilMs, atMs: renewedMs } of renewals) {
          if (renewedMs > atMs || untilMs <= atMs) continue;
          const life = pod.lives().find((one) => one.site === site && one.incarnation === incarnation);
          const hasSteppedDown = life?.obeyed.some(
            (seen) => renewedMs <= seen.at && seen.at <= atMs && seen.primary !== site,
          );
          const isSame = after.reign?.primary === site && after.reign.incarnation === incarnation;
          if (isSame || hasSteppedDown || life?.released) continue;
          throw new Error(
            `${after.reign?.primary} at ${atMs}, though ${site}#${incarnation} had until ${untilMs}`,
          );
        }
      }
    }),
    settings,
  );
  expect(promotions).toBeGreaterThan(1000);
});

test("[C51] [C52] under sync nobody outside the recorded set and the last primary is ever promoted", () => {
  let successions = 0;
  fc.assert(
    fc.property(stories, (story) => {
      for (const { before, after } of play(story).promotions()) {
        const isSync = before.view.cluster.ack === "sync" && after.view.generation === before.view.generation;
        if (!isSync || before.reign === null || after.reign === null) continue;
        const { primary } = after.reign;
        if (primary !== before.reign.primary) successions += 1;
        const mayReign =
          primary === before.reign.primary ? !before.reign.diskLost : before.syncSet.includes(primary);
        if (!mayReign)
          throw new Error(`${primary} after ${JSON.stringify(before.reign)}, set ${before.syncSet}`);
      }
    }),
    { ...settings, numRuns: 800 },
  );
  expect(successions).toBeGreaterThan(20);
});
