import { describe, expect, test } from "vitest";
import type { Cluster } from "@/lib/protocol/cluster";
import { mergeRules } from "@/lib/protocol/cluster";
import type { Operation } from "@/lib/protocol/operation";
import { manyWritersPod } from "./many-writers-pod";

const three = ["delhi", "mumbai", "pune"] as const;
type Pod = ReturnType<typeof manyWritersPod>;

function podWith(tombstoneMs: Cluster["repair"]["tombstoneMs"], axes: Partial<Cluster> = {}): Pod {
  const repair = { hintMs: 0, readRepair: "none", antiEntropyMs: 1000, tombstoneMs } as const;
  return manyWritersPod(three, { merge: "lww", ...axes, repair });
}
const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const remove = (key: string): Operation => ({ f: "delete", key });
const shown = (pod: Pod, key: string) => three.map((id) => pod.snapshot(id).keys[key]?.value ?? null);
const remembered = (pod: Pod) => three.map((id) => pod.snapshot(id).tombstones);
const notes = (pod: Pod) => pod.traced.flatMap(({ event }) => (event.kind === "note" ? [event.text] : []));

/** Everybody has x, pune is cut off, and delhi deletes it. */
function deletedWithout(pod: Pod): void {
  pod.op("delhi", put("x", "undead"));
  pod.advance(100);
  pod.partition(["pune"]);
  pod.op("delhi", remove("x"));
  pod.advance(100);
}

describe("a deletion that everybody must have seen", () => {
  test("[M80] a site that is away holds it back, hears of it when it returns, and then it is forgotten everywhere", () => {
    const pod = podWith("stable");
    deletedWithout(pod);
    pod.advance(60_000);
    expect(remembered(pod)).toEqual([1, 1, 0]);
    pod.heal();
    pod.advance(5000);
    expect(shown(pod, "x")).toEqual([null, null, null]);
    expect(remembered(pod)).toEqual([0, 0, 0]);
    for (const id of three) {
      expect(pod.disk(id)).toContainEqual({ type: "forget", keys: ["x"] });
    }
  });

  test("[M80] so does a clock that is behind: what it stamps might still lose to the deletion", () => {
    const pod = podWith("stable");
    pod.skew("pune", -10_000);
    pod.op("delhi", put("x", "old"));
    pod.op("delhi", remove("x"));
    pod.advance(8000);
    expect(remembered(pod)).toEqual([1, 1, 1]);
    pod.advance(6000);
    expect(remembered(pod)).toEqual([0, 0, 0]);
  });

  test("[M80] a restarted site has forgotten what it had forgotten", () => {
    const pod = podWith("stable");
    pod.op("delhi", put("x", "old"));
    pod.op("delhi", remove("x"));
    pod.advance(5000);
    pod.crash("pune");
    pod.restart("pune");
    expect(pod.snapshot("pune").dataDigest).toBe(pod.snapshot("delhi").dataDigest);
    pod.partition(["pune"]);
    pod.advance(1000);
    expect(remembered(pod)).toEqual([0, 0, 0]);
  });

  test("[M81] a clock that is put back while its site is down stamps no write below a forgotten deletion", () => {
    const pod = podWith("stable");
    pod.op("delhi", put("x", "old"));
    pod.op("delhi", remove("x"));
    pod.advance(5000);
    expect(remembered(pod)).toEqual([0, 0, 0]);
    pod.crash("pune");
    pod.skew("pune", -3_600_000);
    pod.restart("pune");
    const id = pod.op("pune", put("x", "new"));
    pod.advance(100);
    expect(pod.outcomes.get(id)?.status).toBe("ok");
    expect(shown(pod, "x")).toEqual(["new", "new", "new"]);
    const deletion = pod.traced.find(({ event }) => event.kind === "append" && event.f === "delete")?.event;
    const anew = pod.traced.find(({ event }) => event.kind === "append" && event.op === id)?.event;
    const stampOf = (event: unknown) => (event as { wallMs: number }).wallMs;
    expect(stampOf(anew)).toBeGreaterThan(stampOf(deletion));
  });

  test("[M82] a key written anew beats its deletion at a site that has not forgotten it, however often it had been edited", () => {
    const pod = podWith("stable", { lww: { order: "couchbase", unit: "key", maxOffsetMs: null } });
    for (let n = 0; n < 5; n += 1) pod.op("delhi", put("x", `${n}`));
    pod.op("delhi", remove("x"));
    for (let ms = 0; remembered(pod).every((n) => n !== 0) || ms === 0; ms += 10) {
      expect(ms).toBeLessThan(10_000);
      pod.advance(10);
    }
    // Somebody has forgotten it; the others are cut off before they do.
    const first = three.find((id) => pod.snapshot(id).tombstones === 0) ?? "none";
    pod.op(first, put("x", "anew"));
    pod.advance(10);
    expect(shown(pod, "x")).toEqual(["anew", "anew", "anew"]);
  });

  test("[M83] a site without its disk serves nobody before it knows what the others know", () => {
    const pod = podWith("stable");
    pod.op("delhi", put("x", "old"));
    pod.op("delhi", remove("x"));
    pod.advance(100);
    pod.partition(["pune"]);
    pod.crash("pune");
    pod.restart("pune", "lost");
    const early = [pod.op("pune", put("x", "early")), pod.op("pune", { f: "get", key: "x" })];
    for (const id of early)
      expect(pod.outcomes.get(id)).toMatchObject({ status: "fail", error: "REBUILDING" });
    expect(pod.snapshot("pune").cannotWrite).toMatch(/lost its disk/);
    pod.heal();
    pod.advance(100);
    expect(pod.snapshot("pune").cannotWrite).toBeNull();
    const late = pod.op("pune", put("x", "late"));
    pod.advance(5000);
    expect(pod.outcomes.get(late)?.status).toBe("ok");
    expect(shown(pod, "x")).toEqual(["late", "late", "late"]);
  });

  test("[M83] where all have lost their disks there is nobody to learn from", () => {
    const pod = podWith("stable");
    pod.op("delhi", put("x", "old"));
    pod.advance(100);
    for (const id of three) pod.crash(id);
    for (const id of three) pod.restart(id, "lost");
    pod.advance(100);
    const id = pod.op("pune", put("x", "new"));
    pod.advance(100);
    expect(pod.outcomes.get(id)?.status).toBe("ok");
    expect(shown(pod, "x")).toEqual(["new", "new", "new"]);
  });

  test("[M86] keep: nothing is forgotten", () => {
    const pod = podWith("keep");
    pod.op("delhi", remove("x"));
    pod.advance(60_000);
    expect(remembered(pod)).toEqual([1, 1, 1]);
  });

  test.each(mergeRules)(
    "[M86] under %s a pod without values holds nothing, and what is written anew is shown",
    (merge) => {
      const pod = podWith("stable", { merge });
      const writes: readonly Operation[] = [
        put("register", "v"),
        { f: "add", key: "set", value: 1 },
        { f: "patch", key: "record", field: "a", value: 1 },
        { f: "insert", key: "text", at: 0, text: "ab" },
      ];
      for (const op of writes) pod.op("delhi", op);
      pod.advance(100);
      for (const op of writes) pod.op("mumbai", remove(op.key));
      pod.advance(5000);
      expect(remembered(pod)).toEqual([0, 0, 0]);
      for (const id of three)
        expect(pod.disk(id)).toContainEqual(expect.objectContaining({ type: "forget" }));
      for (const op of writes) pod.op("pune", op);
      pod.advance(100);
      expect(pod.snapshot("delhi").merges[merge]).toEqual({
        register: "v",
        set: [1],
        record: { a: 1 },
        text: "ab",
      });
      expect(new Set(three.map((id) => pod.snapshot(id).dataDigest)).size).toBe(1);
    },
  );

  test("[M87] a round forgets so many keys and no more, and the snapshot says how many are left", () => {
    const pod = podWith("stable");
    for (let n = 0; n < 300; n += 1) pod.op("delhi", remove(`k${n}`));
    const counts = new Set<number | undefined>();
    for (let ms = 0; ms < 6000; ms += 100) {
      pod.advance(100);
      counts.add(pod.snapshot("delhi").tombstones);
    }
    expect([...counts].filter((n) => n !== undefined && n > 0).sort()).toEqual([300, 44]);
    expect(remembered(pod)).toEqual([0, 0, 0]);
  });
});

describe("a deletion that is forgotten after a time", () => {
  test("[M85] a site that is back in time hears of it", () => {
    const pod = podWith(5000);
    deletedWithout(pod);
    pod.advance(4000);
    pod.heal();
    pod.advance(10_000);
    expect(shown(pod, "x")).toEqual([null, null, null]);
    expect(remembered(pod)).toEqual([0, 0, 0]);
  });

  test("[M85] one that was away for longer brings the value back, everywhere, and a sentence says so", () => {
    const pod = podWith(5000);
    deletedWithout(pod);
    pod.advance(7000);
    expect(remembered(pod)).toEqual([0, 0, 0]);
    pod.heal();
    pod.advance(5000);
    expect(shown(pod, "x")).toEqual(["undead", "undead", "undead"]);
    expect(new Set(three.map((id) => pod.snapshot(id).dataDigest)).size).toBe(1);
    expect(notes(pod)).toContainEqual(
      '"x" is back as delhi-client:1 wrote it: delhi-client:2 had deleted it, Delhi forgot that after 5.0 s, and Pune was away for longer.',
    );
  });

  test("[M85] a site that restarts keeps what came back", () => {
    const pod = podWith(5000);
    deletedWithout(pod);
    pod.advance(7000);
    pod.heal();
    pod.advance(5000);
    pod.crash("delhi");
    pod.restart("delhi");
    pod.advance(5000);
    expect(shown(pod, "x")).toEqual(["undead", "undead", "undead"]);
  });
});
