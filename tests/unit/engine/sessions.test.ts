import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../lib/protocol/cluster";
import type { Operation } from "../../../lib/protocol/operation";
import { createSessionTokens } from "../../../lib/protocol/session-token";
import { manyWritersPod } from "./many-writers-pod";

const three = ["mumbai", "pune", "delhi"] as const;
const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });
type Guarantees = Cluster["session"];

function manyPod(session: Guarantees, axes: Partial<Cluster> = {}) {
  return manyWritersPod(three, { merge: "lww-hlc", session, ...axes });
}
type Pod = ReturnType<typeof manyPod>;

/** A client that roams: it asks any site, and brings along what its session has written and read. */
function roamer(pod: Pod) {
  const tokens = createSessionTokens(pod.nowMs);
  return {
    begin: (site: string, op: Operation) => pod.op(site, op, tokens.of("ann", op.key)),
    end(op: Operation, id: string) {
      const outcome = pod.outcomes.get(id);
      if (outcome !== undefined) tokens.learn("ann", op, outcome);
      return outcome;
    },
    ask(site: string, op: Operation) {
      const id = this.begin(site, op);
      pod.deliver();
      return this.end(op, id);
    },
  };
}

describe("[E180] read your writes", () => {
  test("[E180] without the guarantee a session that roams misses its own write", () => {
    const pod = manyPod([]);
    const ann = roamer(pod);
    pod.cut("mumbai", "pune");
    ann.ask("mumbai", put("x", "A"));
    expect(ann.ask("pune", get("x"))).toMatchObject({ status: "ok", value: null });
  });

  test("[E180] with it the read waits for the write, and is refused after one heartbeat with the site to ask instead", () => {
    const pod = manyPod(["read-your-writes"]);
    const ann = roamer(pod);
    pod.partition(["mumbai"], ["pune", "delhi"]);
    ann.ask("mumbai", put("x", "A"));
    const late = ann.begin("pune", get("x"));
    pod.advance(900);
    expect(pod.outcomes.get(late)).toBeUndefined();
    pod.advance(500);
    expect(pod.outcomes.get(late)).toMatchObject({ status: "fail", error: "STALE", redirectTo: "mumbai" });
    const waits = ann.begin("pune", get("x"));
    pod.heal();
    pod.deliver();
    expect(pod.outcomes.get(waits)).toMatchObject({ status: "ok", value: "A" });
  });

  test("[E180] a session without a past is served at once", () => {
    const pod = manyPod(["read-your-writes"]);
    pod.partition(["mumbai"], ["pune", "delhi"]);
    roamer(pod).ask("mumbai", put("x", "A"));
    expect(roamer(pod).ask("pune", get("x"))).toMatchObject({ status: "ok", value: null });
  });
});

test("[E181] monotonic reads: who has read a write is not served by a site that lacks it", () => {
  const pod = manyPod(["monotonic-reads"]);
  const ann = roamer(pod);
  pod.partition(["mumbai", "delhi"], ["pune"]);
  pod.op("mumbai", put("x", "A"));
  pod.deliver();
  expect(ann.ask("delhi", get("x"))).toMatchObject({ value: "A" });
  const read = ann.begin("pune", get("x"));
  pod.advance(1500);
  expect(pod.outcomes.get(read)).toMatchObject({ status: "fail", error: "STALE" });
});

describe("[E182] monotonic writes and writes that follow reads", () => {
  /** Ann writes at Mumbai, and then at Pune once it has the first; Delhi hears only from Pune. */
  function overtaken(session: Guarantees, first: Operation) {
    const pod = manyPod(session, {
      repair: { hintMs: 0, readRepair: "none", antiEntropyMs: 60_000, tombstoneMs: "stable" },
    });
    const ann = roamer(pod);
    pod.advance(200);
    pod.cut("mumbai", "delhi");
    if (first.f === "get") pod.op("mumbai", put("x", "A"));
    pod.deliver();
    ann.ask("mumbai", first);
    ann.ask("pune", put("y", "B"));
    return pod;
  }
  const shown = (pod: Pod) => ["x", "y"].map((key) => pod.snapshot("delhi").keys[key]?.value ?? null);

  test("[E182] the session's later write waits everywhere for its earlier one, though it came by another way", () => {
    expect(shown(overtaken([], put("x", "A")))).toEqual([null, "B"]);
    const pod = overtaken(["monotonic-writes"], put("x", "A"));
    const letter = pod.sent.find(({ message }) => message.type === "ops" && message.ops[0]?.op.key === "y");
    expect(letter?.message).toMatchObject({ ops: [{ deps: { mumbai: 1 } }] });
    // Delhi has asked Pune for what was missing, and then showed both.
    expect(shown(pod)).toEqual(["A", "B"]);
    const order = pod.traced.flatMap(({ site, event }) =>
      site === "delhi" && event.kind === "apply" ? [event.key] : [],
    );
    expect(order).toEqual(["x", "y"]);
  });

  test("[E182] a write waits everywhere for what its author had read", () => {
    expect(shown(overtaken([], get("x")))).toEqual([null, "B"]);
    expect(shown(overtaken(["writes-follow-reads"], get("x")))).toEqual(["A", "B"]);
  });

  test("[E182] it is not accepted at a site that lacks what the session has written", () => {
    const pod = manyPod(["monotonic-writes"]);
    const ann = roamer(pod);
    pod.partition(["mumbai"], ["pune", "delhi"]);
    ann.ask("mumbai", put("x", "A"));
    const id = ann.begin("pune", put("x", "B"));
    pod.advance(1500);
    expect(pod.outcomes.get(id)).toMatchObject({ status: "fail", error: "STALE" });
    expect(pod.snapshot("pune").keys.x).toBeUndefined();
  });
});

test("[E183] a session that rests on a write which is gone starts again", () => {
  const pod = manyPod(["read-your-writes"]);
  const ann = roamer(pod);
  pod.partition(["mumbai"], ["pune"], ["delhi"]);
  ann.ask("mumbai", put("x", "gone"));
  pod.crash("mumbai");
  pod.heal();
  pod.restart("mumbai", "lost");
  pod.advance(3000);
  const read = get("x");
  const lost = ann.begin("pune", read);
  pod.advance(1500);
  expect(ann.end(read, lost)).toMatchObject({ status: "fail", error: "SESSION_LOST" });
  expect(ann.ask("pune", read)).toMatchObject({ status: "ok", value: null });
});

test("[E184] causal: nobody sees an answer before the question, whichever way they came", () => {
  const sees = (causal: boolean) => {
    const pod = manyPod([], {
      causal,
      repair: { hintMs: 0, readRepair: "none", antiEntropyMs: 60_000, tombstoneMs: "stable" },
    });
    pod.advance(200);
    pod.cut("mumbai", "delhi");
    pod.op("mumbai", put("question", "?"));
    pod.deliver();
    pod.op("pune", put("answer", "!"));
    pod.deliver();
    const keys = pod.traced.flatMap(({ site, event }) =>
      site === "delhi" && event.kind === "apply" ? [event.key] : [],
    );
    return keys;
  };
  expect(sees(false)[0]).toBe("answer");
  expect(sees(true)).toEqual(["question", "answer"]);
});

describe("[E185] sessions and quorums", () => {
  const quorum = { n: 3, r: 1, w: 1, sloppy: false, scope: "any" } as const;
  const repair = { hintMs: 0, readRepair: "none", antiEntropyMs: 60_000, tombstoneMs: "stable" } as const;
  const quorumPod = (session: Guarantees) =>
    manyWritersPod(three, { mode: "quorum", quorum, repair, session });

  /** Ann's write is at Mumbai alone; then everybody is back. */
  function written(session: Guarantees) {
    const pod = quorumPod(session);
    const ann = roamer(pod);
    pod.partition(["mumbai"], ["pune", "delhi"]);
    expect(ann.ask("mumbai", put("x", "A"))?.status).toBe("ok");
    pod.heal();
    return { pod, ann };
  }

  test("[E185] with r and w of 1 a session misses its own write; with the guarantee its read goes on asking", () => {
    expect(written([]).ann.ask("pune", get("x"))).toMatchObject({ value: null });
    expect(written(["read-your-writes"]).ann.ask("pune", get("x"))).toMatchObject({ value: "A" });
  });

  test("[E185] what a session has read it reads again, or hears that this cannot be found", () => {
    const { pod, ann } = written(["monotonic-reads"]);
    expect(ann.ask("mumbai", get("x"))).toMatchObject({ value: "A" });
    pod.partition(["mumbai"], ["pune", "delhi"]);
    const id = ann.begin("pune", get("x"));
    pod.advance(3500);
    expect(pod.outcomes.get(id)).toMatchObject({ status: "fail", error: "STALE" });
  });

  test("[E185] a key that no owner holds any more was deleted and forgotten: that is an answer", () => {
    const { pod, ann } = written(["read-your-writes"]);
    ann.ask("mumbai", { f: "delete", key: "x" });
    pod.configure({ repair: { ...repair, antiEntropyMs: 500 } });
    pod.advance(5000);
    expect(JSON.stringify(pod.snapshot("mumbai").keys)).toBe("{}");
    expect(ann.ask("pune", get("x"))).toMatchObject({ status: "ok", value: null });
  });
});
