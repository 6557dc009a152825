import { describe, expect, test } from "vitest";
import { compareVersions } from "../../../lib/engine/quorum/version";
import type { Cluster } from "../../../lib/protocol/cluster";
import type { OpId, SiteId } from "../../../lib/protocol/ids";
import type { Operation } from "../../../lib/protocol/operation";
import { createRing, placementOf } from "../../../lib/protocol/ring";
import type { Version } from "../../../lib/protocol/site/quorum";
import { plainOf } from "../../../lib/scenario/cluster";
import { manyWritersPod } from "./many-writers-pod";
import { answer, get, put, quorumPod, shows } from "./quorum-pod";

const three = ["mumbai", "pune", "delhi"] as const;
const five = [...three, "lagos", "lima"] as const;
const six = [...five, "osaka"] as const;
const increment: Operation = { f: "increment", key: "n", by: 1 };
type Pod = ReturnType<typeof quorumPod>;
const writesTo = (pod: Pod, from: number) =>
  pod.sent.slice(from).flatMap(({ to, message }) => (message.type === "quorum-write" ? [to] : []));
test("[E160] every site coordinates its clients' requests, holds no lease and is primary of itself", () => {
  const pod = quorumPod(three);
  for (const site of three) expect(answer(pod, site, put(site, site))?.status).toBe("ok");
  for (const site of three) {
    expect(pod.snapshot(site)).toMatchObject({ role: "primary", leaseUntilMono: null, cannotWrite: null });
    expect(shows(pod, three, site)).toEqual([site, site, site]);
  }
});

describe("[E161] the owners of a key", () => {
  const cluster = { ...plainOf.quorum };
  const ids = [...six] as string[] as SiteId[];
  const view = (n: number, scope: Cluster["quorum"]["scope"] = "any") => ({
    members: ids,
    phase: "serving" as const,
    cluster: { ...cluster, quorum: { ...cluster.quorum, n, scope } },
  });
  const keys = Array.from({ length: 300 }, (_, i) => `key ${i}`);

  test("[E161] are n members from its place on the ring on, spread evenly, or all of fewer", () => {
    const owners = placementOf(view(3));
    const load = new Map(ids.map((site) => [site, 0]));
    for (const key of keys) {
      expect(new Set(owners(key)).size).toBe(3);
      for (const site of owners(key)) load.set(site, (load.get(site) ?? 0) + 1);
    }
    for (const count of load.values()) expect(count).toBeGreaterThan(60);
    expect(placementOf(view(8))("x")).toEqual(ids);
  });

  test("[E161] stay where they are when another site joins, but for the keys that it takes over", () => {
    const [before, after] = [createRing(ids.slice(0, 5)), createRing(ids)];
    const moved = keys.filter((key) => before.from(key)[0] !== after.from(key)[0]);
    expect(moved.every((key) => after.from(key)[0] === "osaka")).toBe(true);
    expect(moved.length).toBeGreaterThan(10);
    expect(moved.length).toBeLessThan(120);
  });

  test("[E161] are shared between the two regions where the scope knows regions", () => {
    const owners = placementOf(view(4, "local"));
    for (const key of keys) expect(owners(key).filter((site) => ids.indexOf(site) < 3)).toHaveLength(2);
  });
});

test("[E162] a write goes to all owners and is acknowledged once w of them have it on disk, its own included", () => {
  const pod = quorumPod(three);
  pod.slowDisk(true);
  const from = pod.sent.length;
  const id = pod.op("mumbai", put("x", "A"));
  expect(writesTo(pod, from)).toEqual(["pune", "delhi"]);
  pod.deliver();
  expect(pod.outcomes.get(id)).toBeUndefined();
  pod.settleDisk("mumbai");
  pod.deliver();
  expect(pod.outcomes.get(id)).toBeUndefined();
  pod.settleDisk("delhi");
  pod.deliver();
  expect(pod.outcomes.get(id)).toMatchObject({ status: "ok", version: id, servedBy: "mumbai" });
});

test("[E163] a write with fewer than w confirmations is unknown, says who has it, and is not taken back", () => {
  const pod = quorumPod(three);
  pod.partition(["mumbai"], ["pune", "delhi"]);
  const id = pod.op("mumbai", put("x", "half"));
  pod.advance(3500);
  expect(pod.outcomes.get(id)).toMatchObject({ status: "unknown", error: "TIMEOUT" });
  expect(pod.outcomes.get(id)).toHaveProperty("why", expect.stringContaining("Only Mumbai confirmed it"));
  expect(shows(pod, three, "x")).toEqual(["half", null, null]);
});

test("[E164] where too few owners can be reached a request is refused at once, and nothing has been sent", () => {
  const pod = quorumPod(three);
  pod.partition(["mumbai"], ["pune", "delhi"]);
  pod.advance(4000);
  const from = pod.sent.length;
  const id = pod.op("mumbai", put("x", "A"));
  expect(pod.outcomes.get(id)).toMatchObject({ status: "fail", error: "UNAVAILABLE" });
  expect(answer(pod, "mumbai", get("x"))).toMatchObject({ status: "fail", error: "UNAVAILABLE" });
  expect(writesTo(pod, from)).toEqual([]);
  expect(pod.snapshot("mumbai").cannotWrite).toContain("2 of 3");
  expect(answer(pod, "pune", put("x", "B"))?.status).toBe("ok");
});

test("[E165] a read is answered after r answers with the newest of them, and a tombstone reads as nothing", () => {
  const pod = quorumPod(three);
  pod.cut("mumbai", "delhi");
  const written = answer(pod, "mumbai", put("x", "new"));
  expect(written?.status).toBe("ok");
  expect(shows(pod, three, "x")).toEqual(["new", "new", null]);
  // Delhi itself has nothing, and hears Pune.
  expect(answer(pod, "delhi", get("x"))).toMatchObject({ status: "ok", value: "new" });
  expect(answer(pod, "mumbai", { f: "delete", key: "x" })?.status).toBe("ok");
  expect(answer(pod, "delhi", get("x"))).toMatchObject({ status: "ok", value: null });
});

test("[E165] with r + w of at most n a read may miss what was acknowledged", () => {
  const pod = quorumPod(three, { r: 1, w: 1 });
  const id = pod.op("mumbai", put("x", "new"));
  expect(pod.outcomes.get(id)?.status).toBe("ok");
  const read = pod.op("delhi", get("x"));
  expect(pod.outcomes.get(read)).toMatchObject({ status: "ok", value: null });
});

describe("[E166] which of two versions stays", () => {
  const version = (stamp: number, value: string | null, site: string): Version => ({
    ...{ key: "x", stamp, site: site as SiteId, stream: site, shadow: {} },
    opId: `${site}:${stamp}:${value}` as OpId,
    op: value === null ? { f: "delete", key: "x" } : { f: "put", key: "x", value },
  });

  test("[E166] the later stamp, then the tombstone, then the greater value, then the greater site", () => {
    const ascending = [
      version(1, "z", "pune"),
      version(2, "a", "mumbai"),
      version(2, "b", "delhi"),
      version(2, "b", "pune"),
      version(2, null, "delhi"),
    ];
    for (const [i, a] of ascending.entries())
      for (const [j, b] of ascending.entries())
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
  });

  test("[E166] what one coordinator stamps is later than all it stamped before, also when its clock jumps back", () => {
    const pod = quorumPod(three);
    answer(pod, "mumbai", put("x", "z"));
    pod.skew("mumbai", -60_000);
    answer(pod, "mumbai", put("x", "a"));
    expect(shows(pod, three, "x")).toEqual(["a", "a", "a"]);
  });

  test("[E166] a coordinator whose clock is behind loses to an older write, although it was acknowledged", () => {
    const pod = quorumPod(three);
    pod.skew("pune", -2000);
    answer(pod, "mumbai", put("x", "older"));
    expect(answer(pod, "pune", put("x", "newer"))?.status).toBe("ok");
    expect(answer(pod, "pune", get("x"))).toMatchObject({ value: "older" });
  });
});

describe("[E167] read repair", () => {
  /** Mumbai alone has the write; then everybody can be reached again. */
  function halfWritten(readRepair: Cluster["repair"]["readRepair"]) {
    const pod = quorumPod(three, {}, { readRepair });
    pod.partition(["mumbai"], ["pune", "delhi"]);
    pod.op("mumbai", put("x", "half"));
    pod.advance(1000);
    pod.heal();
    return pod;
  }

  test("[E167] none: what one quorum shows the next one does not", () => {
    const pod = halfWritten("none");
    expect(answer(pod, "mumbai", get("x"))).toMatchObject({ value: "half" });
    expect(shows(pod, three, "x")).toEqual(["half", null, null]);
  });

  test("[E167] blocking: the answer waits until r owners have what it says", () => {
    const pod = halfWritten("blocking");
    pod.slowDisk(true);
    const read = pod.op("mumbai", get("x"));
    pod.deliver();
    expect(pod.outcomes.get(read)).toBeUndefined();
    pod.settleDisk("pune");
    pod.deliver();
    expect(pod.outcomes.get(read)).toMatchObject({ value: "half" });
    expect(shows(pod, three, "x")).toEqual(["half", "half", "half"]);
  });

  test("[E167] async: the answer does not wait, and the others are brought up to date all the same", () => {
    const pod = halfWritten("async");
    pod.slowDisk(true);
    expect(answer(pod, "mumbai", get("x"))).toMatchObject({ value: "half" });
    pod.slowDisk(false);
    expect(shows(pod, three, "x")).toEqual(["half", "half", "half"]);
  });
});

test("[E170] local: only answers of the coordinator's own region count, and each region goes on alone", () => {
  const pod = quorumPod(six, { n: 6, scope: "local" });
  pod.partition(six.slice(0, 3), six.slice(3));
  pod.advance(4000);
  expect(answer(pod, "mumbai", put("x", "east"))?.status).toBe("ok");
  expect(answer(pod, "lima", put("x", "west"))?.status).toBe("ok");
  expect(answer(pod, "pune", get("x"))).toMatchObject({ value: "east" });
  expect(answer(pod, "osaka", get("x"))).toMatchObject({ value: "west" });
});

test("[E170] each: a majority in every region, so a cut between them stops both", () => {
  const pod = quorumPod(six, { n: 6, scope: "each" });
  expect(answer(pod, "mumbai", put("x", "all"))?.status).toBe("ok");
  pod.partition(six.slice(0, 3), six.slice(3));
  pod.advance(4000);
  for (const site of ["mumbai", "lima"])
    expect(answer(pod, site, put("x", "one"))).toMatchObject({ status: "fail", error: "UNAVAILABLE" });
});

test("[E171] an increment reads a quorum and writes one: of two at once one is gone, although both were acknowledged", () => {
  const pod = quorumPod(three);
  expect(answer(pod, "mumbai", increment)).toMatchObject({ status: "ok", value: 1 });
  const [a, b] = [pod.op("mumbai", increment), pod.op("delhi", increment)];
  pod.deliver();
  for (const id of [a, b]) expect(pod.outcomes.get(id)).toMatchObject({ status: "ok", value: 2 });
  expect(answer(pod, "pune", get("n"))).toMatchObject({ value: 2 });
});

test("[E171] cas compares with what a quorum shows, and two at once may both succeed", () => {
  const pod = quorumPod(three);
  answer(pod, "mumbai", put("x", "A"));
  const cas = (to: string): Operation => ({ f: "cas", key: "x", from: "A", to });
  const [a, b] = [pod.op("mumbai", cas("B")), pod.op("delhi", cas("C"))];
  pod.deliver();
  expect([pod.outcomes.get(a)?.status, pod.outcomes.get(b)?.status]).toEqual(["ok", "ok"]);
  expect(answer(pod, "pune", cas("D"))).toMatchObject({ status: "fail", error: "CAS_MISMATCH" });
});

test("[E166] within one ms of its clock a coordinator's write beats what it has seen of the key, a deletion too", () => {
  const pod = quorumPod(three);
  answer(pod, "mumbai", put("x", "A"));
  answer(pod, "pune", { f: "delete", key: "x" });
  expect(answer(pod, "delhi", put("x", "B"))?.status).toBe("ok");
  expect(shows(pod, three, "x")).toEqual(["B", "B", "B"]);
});

test("[E189] by field: two fields written at once both stay, of one field the later, and a later delete takes all", () => {
  const pod = manyWritersPod(three, {
    ...{ mode: "quorum", merge: "lww", lww: { order: "time", unit: "field", maxOffsetMs: null } },
    repair: { hintMs: 0, readRepair: "none", antiEntropyMs: 60_000, tombstoneMs: "stable" },
  });
  const patch = (field: string, value: string): Operation => ({ f: "patch", key: "user", field, value });
  answer(pod, "mumbai", patch("mail", "a"));
  const both = [pod.op("mumbai", patch("phone", "1")), pod.op("delhi", patch("room", "2"))];
  pod.deliver();
  expect(both.map((id) => pod.outcomes.get(id)?.status)).toEqual(["ok", "ok"]);
  const user = { mail: "a", phone: "1", room: "2" };
  expect(shows(pod, three, "user")).toEqual([user, user, user]);
  pod.advance(10);
  answer(pod, "pune", patch("room", "3"));
  expect(answer(pod, "delhi", get("user"))).toMatchObject({ value: { ...user, room: "3" } });
  const met = pod.traced.flatMap(({ event }) => (event.kind === "append" ? [[event.op, event.over]] : []));
  // Each met what its own field held, so neither of the two at once has lost to the other.
  expect(met.slice(0, 3).map(([, over]) => over)).toEqual([null, null, null]);
  expect(met[3]?.[1]).toBe(met[2]?.[0]);
  pod.advance(10);
  answer(pod, "mumbai", { f: "delete", key: "user" });
  expect(shows(pod, three, "user")).toEqual([null, null, null]);
});

test("[E189] a record is written whole by the patch of a field more than twelve, and other types are refused as ever", () => {
  const pod = manyWritersPod(three, {
    ...{ mode: "quorum", merge: "lww", lww: { order: "time", unit: "field", maxOffsetMs: null } },
  });
  for (let n = 1; n <= 15; n += 1) {
    pod.advance(10);
    answer(pod, "mumbai", { f: "patch", key: "user", field: `f${n}`, value: n });
  }
  const copy = pod.snapshot("pune").keys.user;
  expect(Object.keys(copy?.value ?? {})).toHaveLength(15);
  expect(copy?.beside).toBeUndefined();
  answer(pod, "mumbai", put("word", "A"));
  const wrong = answer(pod, "pune", { f: "patch", key: "word", field: "f", value: 1 });
  expect(wrong).toMatchObject({ status: "fail", error: "WRONG_TYPE" });
});

test("[E178] who is silent for the timeout counts as out of reach; a site that slept itself blames nobody", () => {
  const pod = quorumPod(three);
  pod.cut("mumbai", "pune");
  pod.cut("mumbai", "delhi");
  pod.advance(2500);
  expect(pod.snapshot("mumbai").cannotWrite).toBeNull();
  pod.advance(1000);
  expect(pod.snapshot("mumbai").cannotWrite).not.toBeNull();
  pod.heal();
  pod.advance(1500);
  expect(pod.snapshot("mumbai").cannotWrite).toBeNull();
  pod.crash("mumbai");
  pod.advance(10_000);
  pod.restart("mumbai");
  expect(answer(pod, "mumbai", put("x", "awake"))?.status).toBe("ok");
});
