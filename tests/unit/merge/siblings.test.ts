import { expect, test } from "vitest";
import { limits } from "../../../lib/protocol/limits";
import type { WriteOperation } from "../../../lib/protocol/operation";
import { exchange, testSite } from "./pod";

const put = (value: string): WriteOperation => ({ f: "put", key: "cart", value });
const shown = (site: ReturnType<typeof testSite>, rule: "siblings" | "siblings-vv" = "siblings") =>
  site.store.values(rule).cart;

test("[M20] concurrent values stand side by side until a session that has read them writes one", () => {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  lima.write(put("milk"));
  pune.write(put("tea"));
  exchange(lima, pune);
  for (const site of [lima, pune]) expect(shown(site)).toEqual({ siblings: ["milk", "tea"] });
  lima.write(put("milk, tea"), 2000, "siblings", lima.store.context("cart"));
  exchange(lima, pune);
  for (const site of [lima, pune]) expect(shown(site)).toBe("milk, tea");
});

test("[M21] A8: a put by a session that has read a part replaces that part; one vector for the key replaces nothing", () => {
  const site = testSite("lima", 0);
  site.write(put("v1"));
  const context = site.store.context("cart");
  site.write(put("v2"), 1001, "siblings", null);
  site.write(put("v3"), 1002, "siblings", context);
  expect(shown(site)).toEqual({ siblings: ["v2", "v3"] });
  expect(shown(site, "siblings-vv")).toEqual({ siblings: ["v1", "v2", "v3"] });
  const why = site.store
    .receipts()
    .find(({ merge, op, by }) => merge === "siblings-vv" && op === "lima-1:1" && by)?.why;
  expect(why).toContain("A false sibling");
  const v1 = site.store.receipts().find(({ merge, op }) => merge === "siblings" && op === "lima-1:1");
  expect(v1).toMatchObject({ outcome: "overwritten", unseen: false, by: "lima-1:3" });
  expect(v1?.why).toBe("lima-1:3 replaced it: its writer had read it.");
});

test("[M21] a write that had read another may come first: what it replaced does not come back", () => {
  const [lima, pune, oslo] = [testSite("lima", 0), testSite("pune", 1), testSite("oslo", 2)];
  pune.hear(lima.write(put("old")));
  const replacing = pune.write(put("new"), 2000, "siblings", pune.store.context("cart"));
  oslo.hear(replacing);
  oslo.hear(...lima.made);
  expect(shown(oslo)).toBe("new");
  expect(oslo.store.digest("siblings")).toBe(pune.store.digest("siblings"));
});

test("[M22] blind puts pile up to twelve values, and no further; settling by hand replaces them all", () => {
  const site = testSite("lima", 0);
  for (let n = 1; n <= limits.siblingsMost; n += 1) site.write(put(`v${n}`), n, "siblings", null);
  expect(() => site.write(put("one more"), 99, "siblings", null)).toThrow("TOO_MANY_SIBLINGS");
  expect(() => site.write({ f: "cas", key: "cart", from: "v1", to: "x" }, 99, "siblings")).toThrow(
    "CAS_MISMATCH",
  );
  expect(site.store.read("siblings", "cart").beside).toHaveLength(limits.siblingsMost);
  site.write(put("settled"), 100, "siblings", "held");
  expect(shown(site)).toBe("settled");
});

test("[M23] a delete takes what its site held; a value that it had not seen stays", () => {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  pune.hear(lima.write(put("old")));
  lima.write({ f: "delete", key: "cart" }, 2000, "siblings");
  pune.write(put("new"), 2000, "siblings", pune.store.context("cart"));
  exchange(lima, pune);
  for (const site of [lima, pune]) expect(shown(site)).toBe("new");
});

test("[M23] a counter with several values is settled before it is counted on", () => {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  lima.write({ f: "increment", key: "cart", by: 2 }, 1000, "siblings");
  pune.write({ f: "increment", key: "cart", by: 3 }, 1000, "siblings");
  exchange(lima, pune);
  expect(shown(lima)).toEqual({ siblings: [2, 3] });
  expect(() => lima.write({ f: "increment", key: "cart", by: 1 }, 1001, "siblings")).toThrow("SIBLINGS");
});

test("[M24] settling by hand replaces what the site holds; what another site wrote meanwhile stands beside it", () => {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  lima.write(put("milk"));
  lima.write(put("tea"), 1001, "siblings", null);
  lima.write(put("milk, tea"), 2000, "siblings", "held");
  expect(shown(lima)).toBe("milk, tea");
  pune.write(put("rice"));
  exchange(lima, pune);
  for (const site of [lima, pune]) expect(shown(site)).toEqual({ siblings: ["milk, tea", "rice"] });
});
