import { expect, test } from "vitest";
import { nextFocus } from "@/app/_screen/focus";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";

const pod = (id: string, outage: "open" | "none" = "none") =>
  ({
    id,
    nowMs: 100_000,
    outage: outage === "open" ? { lastOkMs: 90_000, firstOkMs: null, failed: 3 } : null,
  }) as PodPicture;
const eventAt = (atMs: number) => ({ atMs }) as TraceEvent;

test("a screen of several quiet pods looks at each in turn", () => {
  const pods = [pod("pod-1"), pod("pod-2"), pod("pod-3")];
  const told = { "pod-1": [eventAt(1000)] };
  expect(nextFocus(pods, told, null)).toBe("pod-1");
  expect(nextFocus(pods, told, "pod-1")).toBe("pod-2");
  expect(nextFocus(pods, told, "pod-3")).toBe("pod-1");
});

test("what just happened in a pod draws the look to it, and an outage even more", () => {
  const told = { "pod-1": [eventAt(95_000)], "pod-2": [eventAt(10), eventAt(99_000)] };
  expect(nextFocus([pod("pod-1"), pod("pod-2"), pod("pod-3")], told, "pod-1")).toBe("pod-2");
  expect(nextFocus([pod("pod-1"), pod("pod-2"), pod("pod-3", "open")], told, "pod-2")).toBe("pod-3");
});

test("with no pod there is nothing to look at", () => {
  expect(nextFocus([], {}, null)).toBe(null);
});
