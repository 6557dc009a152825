import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../lib/protocol/cluster";
import type { SiteId } from "../../../lib/protocol/ids";
import type { Operation } from "../../../lib/protocol/operation";
import { placementOf } from "../../../lib/protocol/ring";
import { plainOf } from "../../../lib/scenario/cluster";
import { answer, get, put, quorumPod, shows } from "./quorum-pod";

const three = ["mumbai", "pune", "delhi"] as const;
const five = [...three, "lagos", "lima"] as const;
const del = (key: string): Operation => ({ f: "delete", key });

/** The owners of a key among five sites with n = 3, and the others in the order in which they stand in. */
function circleOf(key: string) {
  const members = [...five] as string[] as SiteId[];
  const view = { members, phase: "serving" as const, cluster: plainOf.quorum };
  const owners: readonly string[] = placementOf(view)(key);
  return { owners, others: five.filter((site) => !owners.includes(site)) };
}

describe("[E168] hinted handoff", () => {
  const missed = (hintMs: number) => {
    const pod = quorumPod(three, {}, { hintMs });
    pod.partition(["mumbai", "pune"], ["delhi"]);
    answer(pod, "mumbai", put("x", "A"));
    return pod;
  };

  test("[E168] a site that missed a write gets it when it is heard again", () => {
    const pod = missed(10_000);
    pod.advance(6000);
    pod.heal();
    pod.advance(2000);
    expect(shows(pod, three, "x")).toEqual(["A", "A", "A"]);
    expect(pod.snapshot("mumbai").owed).toBe(0);
  });

  test("[E168] after hintMs it is kept for it no longer", () => {
    const pod = missed(5000);
    pod.advance(6000);
    pod.heal();
    pod.advance(3000);
    expect(shows(pod, three, "x")).toEqual(["A", "A", null]);
  });

  test("[E168] a newer write that came another way is owed in its place, and settles it", () => {
    const pod = missed(60_000);
    pod.advance(2000);
    answer(pod, "pune", put("x", "B"));
    pod.advance(2000);
    pod.heal();
    pod.advance(3000);
    expect(shows(pod, three, "x")).toEqual(["B", "B", "B"]);
    for (const site of three) expect(pod.snapshot(site).owed).toBe(0);
  });

  test("[E168] a hint survives a restart of the site that keeps it", () => {
    const pod = missed(10_000);
    pod.advance(4000);
    pod.crash("mumbai");
    pod.restart("mumbai");
    pod.heal();
    pod.advance(3000);
    expect(shows(pod, ["delhi"], "x")).toEqual(["A"]);
  });
});

describe("[E169] sloppy quorums", () => {
  /** One owner is alone with the two that are none, the other two are apart. */
  const cutOff = (sloppy: boolean) => {
    const { owners, others } = circleOf("x");
    const pod = quorumPod(five, { sloppy }, { hintMs: 60_000 });
    const [first = "", ...rest] = owners;
    pod.partition([first, ...others], rest);
    pod.advance(4000);
    return { pod, first, rest, owners };
  };

  test("[E169] strict: an owner that reaches no other refuses", () => {
    const { pod, first } = cutOff(false);
    expect(answer(pod, first, put("x", "A"))).toMatchObject({ status: "fail", error: "UNAVAILABLE" });
  });

  test("[E169] sloppy: others on the ring stand in, are counted, and hand the write over at the heal", () => {
    const { pod, first, rest, owners } = cutOff(true);
    expect(answer(pod, first, put("x", "A"))?.status).toBe("ok");
    expect(answer(pod, first, get("x"))).toMatchObject({ status: "ok", value: "A" });
    // Both quorums were complete, and they did not meet.
    expect(answer(pod, rest[0] ?? "", get("x"))).toMatchObject({ status: "ok", value: null });
    pod.heal();
    pod.advance(4000);
    expect(shows(pod, owners, "x")).toEqual(["A", "A", "A"]);
    for (const site of five) expect(pod.snapshot(site).owed).toBe(0);
  });
});

describe("[E172] Merkle anti-entropy", () => {
  test("[E172] sites that differ find the keys and end with the newest of each; the digest alone is sent again", () => {
    const pod = quorumPod(three, { r: 1, w: 1 }, { antiEntropyMs: 1000 });
    pod.partition(["mumbai"], ["pune"], ["delhi"]);
    for (const site of three) for (let i = 0; i < 30; i += 1) answer(pod, site, put(`${site} ${i}`, site));
    for (const site of three) answer(pod, site, put("x", site));
    pod.heal();
    pod.advance(2000);
    const digests = three.map((site) => pod.snapshot(site).dataDigest);
    expect(new Set(digests).size).toBe(1);
    expect(Object.keys(pod.snapshot("pune").keys)).toHaveLength(91);
    const from = pod.sent.length;
    pod.advance(2000);
    const kinds = new Set(pod.sent.slice(from).map(({ message }) => message.type));
    expect([...kinds].sort()).toEqual(["quorum-ping", "quorum-tree"]);
    for (const { message } of pod.sent.slice(from))
      if (message.type === "quorum-tree") expect(message.nodes).toHaveLength(1);
  });
});

describe("[E173][E174] tombstones", () => {
  /** Delhi has x, and is away while it is deleted. */
  const deletedWithout = (tombstoneMs: Cluster["repair"]["tombstoneMs"]) => {
    const pod = quorumPod(three, {}, { antiEntropyMs: 1000, tombstoneMs });
    answer(pod, "mumbai", put("x", "undead"));
    pod.partition(["mumbai", "pune"], ["delhi"]);
    expect(answer(pod, "pune", del("x"))?.status).toBe("ok");
    return pod;
  };

  test("[E173] a site that is back within the grace learns of the deletion", () => {
    const pod = deletedWithout(5000);
    pod.advance(3000);
    pod.heal();
    pod.advance(8000);
    expect(shows(pod, three, "x")).toEqual([null, null, null]);
  });

  test("[E173] one that is back later brings the key back", () => {
    const pod = deletedWithout(5000);
    pod.advance(7000);
    pod.heal();
    pod.advance(3000);
    expect(shows(pod, three, "x")).toEqual(["undead", "undead", "undead"]);
  });

  test("[E173] keep: it is never forgotten, however long a site is away", () => {
    const pod = deletedWithout("keep");
    pod.advance(60_000);
    pod.heal();
    pod.advance(5000);
    expect(shows(pod, three, "x")).toEqual([null, null, null]);
    expect(three.map((site) => pod.snapshot(site).tombstones)).toEqual([1, 1, 1]);
  });

  test("[E174] stable: a deletion is kept until every member has it, and then forgotten everywhere", () => {
    const pod = deletedWithout("stable");
    pod.advance(20_000);
    const held = (site: string) => JSON.stringify(pod.disk(site)).includes('"f":"delete"');
    expect(pod.sent.some(({ message }) => message.type === "quorum-forget")).toBe(false);
    pod.heal();
    pod.advance(5000);
    expect(held("delhi")).toBe(true);
    expect(shows(pod, three, "x")).toEqual([null, null, null]);
    const forgotten = (site: string) =>
      pod.disk(site).some((record) => record.type === "quorum" && record.record.kind === "forget");
    for (const site of three) expect(forgotten(site)).toBe(true);
    pod.advance(5000);
    expect(shows(pod, three, "x")).toEqual([null, null, null]);
  });
});

describe("[E175] keys that not everybody holds", () => {
  test("[E175] a site that does not own a key coordinates it, and keeps it only until the owners have it", () => {
    const { owners, others } = circleOf("x");
    const pod = quorumPod(five, {}, { hintMs: 10_000 });
    const [outside = ""] = others;
    expect(answer(pod, outside, put("x", "A"))?.status).toBe("ok");
    expect(answer(pod, outside, get("x"))).toMatchObject({ value: "A" });
    expect(shows(pod, five, "x").filter((value) => value === "A")).toHaveLength(3);
    expect(shows(pod, owners, "x")).toEqual(["A", "A", "A"]);
    expect(pod.snapshot(outside).owed).toBe(0);
  });

  test("[E175] where the owners change, what a site holds no longer goes to those that do", () => {
    const pod = quorumPod(five, { n: 5 }, { antiEntropyMs: 1000 });
    for (let i = 0; i < 20; i += 1) answer(pod, "mumbai", put(`k${i}`, "A"));
    pod.configure({ quorum: { n: 2, r: 1, w: 2, sloppy: false, scope: "any" } });
    pod.advance(4000);
    const copies = (key: string) => shows(pod, five, key).filter((value) => value === "A").length;
    for (let i = 0; i < 20; i += 1) expect(copies(`k${i}`)).toBe(2);
    pod.configure({ quorum: { n: 4, r: 1, w: 2, sloppy: false, scope: "any" } });
    pod.advance(4000);
    for (let i = 0; i < 20; i += 1) expect(copies(`k${i}`)).toBe(4);
  });
});

test("[E176] a restart forgets nothing that was acknowledged, and a lost disk is filled by the others", () => {
  const pod = quorumPod(three, {}, { antiEntropyMs: 1000 });
  const id = pod.op("mumbai", put("x", "A"));
  pod.deliver();
  expect(pod.outcomes.get(id)?.status).toBe("ok");
  pod.crash("mumbai");
  pod.restart("mumbai");
  expect(shows(pod, ["mumbai"], "x")).toEqual(["A"]);
  pod.crash("pune");
  pod.restart("pune", "lost");
  expect(shows(pod, ["pune"], "x")).toEqual([null]);
  pod.advance(1500);
  expect(shows(pod, three, "x")).toEqual(["A", "A", "A"]);
  answer(pod, "pune", put("y", "B"));
  expect(Object.keys(pod.snapshot("mumbai").seen)).toContain("pune#2");
});

test("[E176] a restart uses no number twice, also of a write that another version has replaced since", () => {
  const pod = quorumPod(three, { r: 1, w: 1 }, { antiEntropyMs: 1000 });
  pod.partition(["mumbai"], ["pune", "delhi"]);
  answer(pod, "mumbai", put("x", "A"));
  pod.advance(100);
  answer(pod, "pune", put("x", "B"));
  pod.heal();
  pod.advance(1500);
  expect(shows(pod, ["mumbai"], "x")).toEqual(["B"]);
  pod.crash("mumbai");
  pod.restart("mumbai");
  const id = pod.op("mumbai", put("y", "C"));
  pod.deliver();
  const born = pod.traced.find(({ event }) => event.kind === "append" && event.op === id);
  expect(born?.event).toMatchObject({ shadow: { mumbai: 2 } });
});

test("[E177] into another mode goes the data of one site, which has everything while the change is prepared", () => {
  const pod = quorumPod(three);
  answer(pod, "mumbai", put("x", "A"));
  answer(pod, "pune", del("gone"));
  pod.configure({ mode: "active-active" }, 2, "pune");
  pod.advance(500);
  expect(shows(pod, three, "x")).toEqual(["A", "A", "A"]);
  answer(pod, "delhi", put("x", "B"));
  pod.configure({ mode: "quorum" }, 3, "delhi");
  pod.advance(500);
  expect(shows(pod, three, "x")).toEqual(["B", "B", "B"]);
  expect(answer(pod, "mumbai", put("x", "C"))?.status).toBe("ok");
  expect(shows(pod, three, "x")).toEqual(["C", "C", "C"]);
});

test("[E179] a write carries all that its coordinator had seen, and nobody else can number its writes", () => {
  const pod = quorumPod(three);
  answer(pod, "mumbai", put("x", "A"));
  const read = answer(pod, "pune", get("x"));
  expect(read?.status).toBe("ok");
  const id = pod.op("pune", put("y", "B"));
  pod.deliver();
  const born = pod.traced.find(({ event }) => event.kind === "append" && event.op === id);
  expect(born?.event).toMatchObject({ shadow: { mumbai: 1, pune: 1 } });
  const letter = pod.sent.find(({ message }) => message.type === "quorum-write");
  if (letter?.message.type !== "quorum-write") throw new Error("no write was sent");
  const [version] = letter.message.versions;
  if (version === undefined) throw new Error("an empty write");
  const forged = { ...version, stream: "delhi", shadow: { delhi: 9 }, key: "z" };
  pod.feed("delhi", {
    type: "message",
    from: "mumbai" as SiteId,
    message: { ...letter.message, versions: [forged] },
  });
  expect(shows(pod, ["delhi"], "z")).toEqual([null]);
  expect(pod.traced.some(({ event }) => event.kind === "note" && event.text.startsWith("Refused"))).toBe(
    true,
  );
});
