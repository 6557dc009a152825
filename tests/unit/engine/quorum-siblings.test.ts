import { expect, test } from "vitest";
import type { Cluster } from "../../../lib/protocol/cluster";
import type { Vector } from "../../../lib/protocol/vector";
import { answer, get, put, quorumPod, shows } from "./quorum-pod";

const three = ["mumbai", "pune", "delhi"] as const;
const five = [...three, "lagos", "lima"] as const;
type Pod = ReturnType<typeof quorumPod>;

const siblingsPod = (
  names: readonly string[] = three,
  quorum: Partial<Cluster["quorum"]> = {},
  repair: Partial<Cluster["repair"]> = {},
) => quorumPod(names, quorum, repair, "siblings");

/** What a reader of the key hears, and the context that its next put brings along. */
function read(pod: Pod, site: string, key = "x"): { readonly value: unknown; readonly context: Vector } {
  const outcome = answer(pod, site, get(key));
  if (outcome?.status !== "ok") throw new Error(`the read at ${site} was not answered`);
  return { value: outcome.value, context: outcome.context ?? {} };
}

/** Mumbai and the two others write apart; then all is heard. */
function met(): Pod {
  const pod = siblingsPod(three, { r: 2, w: 1 }, { antiEntropyMs: 1000 });
  pod.partition(["mumbai"], ["pune", "delhi"]);
  expect(answer(pod, "mumbai", put("x", "A"))?.status).toBe("ok");
  expect(answer(pod, "pune", put("x", "B"))?.status).toBe("ok");
  pod.heal();
  pod.advance(2500);
  return pod;
}
const both = { siblings: ["A", "B"] };

test("[E186] two writes that had not seen each other stand side by side, whatever their stamps", () => {
  const pod = met();
  expect(shows(pod, three, "x")).toEqual([both, both, both]);
  expect(read(pod, "delhi").value).toEqual(both);
  expect(pod.snapshot("pune").keys.x?.beside).toHaveLength(2);
});

test("[E186] a put by a session that has read them all settles them, at every site", () => {
  const pod = met();
  const { context } = read(pod, "delhi");
  expect(answer(pod, "pune", put("x", "C"), context)?.status).toBe("ok");
  expect(shows(pod, three, "x")).toEqual(["C", "C", "C"]);
  const settled = pod.traced.flatMap(({ event }) => (event.kind === "append" ? (event.settled ?? []) : []));
  expect(settled).toHaveLength(2);
});

test("[E186] a put with no context, or an old one, replaces only what it names", () => {
  const pod = siblingsPod();
  answer(pod, "mumbai", put("x", "A"));
  const { context } = read(pod, "pune");
  answer(pod, "pune", put("x", "B"), context);
  expect(shows(pod, three, "x")).toEqual(["B", "B", "B"]);
  answer(pod, "delhi", put("x", "late"), context);
  expect(read(pod, "mumbai").value).toEqual({ siblings: ["late", "B"] });
  answer(pod, "delhi", put("x", "blind"));
  expect(read(pod, "mumbai").value).toEqual({ siblings: ["late", "blind", "B"] });
});

test("[E186] a part of several values is not changed, and a delete takes what a quorum shows", () => {
  const pod = met();
  const change = answer(pod, "pune", { f: "increment", key: "x", by: 1 });
  expect(change).toMatchObject({ status: "fail", error: "SIBLINGS" });
  const compare = answer(pod, "pune", { f: "cas", key: "x", from: "A", to: "C" });
  expect(compare).toMatchObject({ status: "fail", error: "CAS_MISMATCH" });
  expect(answer(pod, "mumbai", { f: "delete", key: "x" })?.status).toBe("ok");
  expect(shows(pod, three, "x")).toEqual([null, null, null]);
});

test("[E186] a read repairs with every value that it found, not with the newest alone", () => {
  const pod = siblingsPod(three, { r: 3, w: 1 }, { readRepair: "blocking" });
  pod.partition(["mumbai"], ["pune", "delhi"]);
  answer(pod, "mumbai", put("x", "A"));
  answer(pod, "pune", put("x", "B"));
  pod.heal();
  expect(read(pod, "delhi").value).toEqual(both);
  expect(shows(pod, three, "x")).toEqual([both, both, both]);
});

test("[E187] who reads a later write of a coordinator has its earlier one too", () => {
  const pod = siblingsPod(three, { r: 1, w: 1 });
  pod.partition(["mumbai", "pune"], ["delhi"]);
  answer(pod, "mumbai", put("x", "A"));
  pod.heal();
  answer(pod, "mumbai", put("x", "B"));
  expect(shows(pod, ["delhi"], "x")).toEqual([both]);
  const { context } = read(pod, "delhi");
  answer(pod, "delhi", put("x", "C"), context);
  expect(shows(pod, three, "x")).toEqual(["C", "C", "C"]);
});

test("[E187] a guest is handed over however long its owner was away", () => {
  const pod = siblingsPod(five, { r: 1, w: 1, sloppy: true }, { hintMs: 500 });
  const key = ["x", "y", "z", "u", "v", "w"].find((each) => {
    answer(pod, "lima", put(each, "old"));
    return pod.snapshot("lima").keys[each] === undefined;
  });
  if (key === undefined) throw new Error("lima owns every key");
  const owners = five.filter((site) => pod.snapshot(site).keys[key] !== undefined);
  pod.partition(["lima"], five.slice(0, 4));
  pod.advance(4000);
  expect(answer(pod, "lima", put(key, "alone"))?.status).toBe("ok");
  pod.advance(5000);
  pod.heal();
  pod.advance(5000);
  const shown = { siblings: expect.arrayContaining(["old", "alone"]) };
  expect(shows(pod, owners, key)).toEqual(owners.map(() => shown));
});

test("[E188] no key holds more values than a person could settle", () => {
  const pod = siblingsPod(three, { r: 1, w: 3 });
  for (let n = 1; n <= 12; n += 1) answer(pod, three[n % 3] ?? "", put("x", `${n}`));
  expect(answer(pod, "pune", put("x", "13"))).toMatchObject({ error: "TOO_MANY_SIBLINGS" });
  const { context } = read(pod, "pune");
  expect(answer(pod, "pune", put("x", "all of them"), context)?.status).toBe("ok");
  expect(shows(pod, three, "x")).toEqual(["all of them", "all of them", "all of them"]);
});

test("[E176] [E186] siblings and what they had replaced survive a restart", () => {
  const pod = met();
  for (const site of three) {
    pod.crash(site);
    pod.restart(site);
  }
  expect(shows(pod, three, "x")).toEqual([both, both, both]);
  const { context } = read(pod, "mumbai");
  answer(pod, "mumbai", put("x", "C"), context);
  pod.crash("pune");
  pod.restart("pune");
  pod.advance(2000);
  expect(shows(pod, three, "x")).toEqual(["C", "C", "C"]);
});
