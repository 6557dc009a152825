import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { get, op, put, type Step } from "./steps";

type Schedule = Omit<ScenarioInput, "name" | "cluster">;

const sites = ["mumbai", "virginia"];
const apart: Step = { atMs: 2000, do: "partition", groups: [["mumbai"], ["virginia"]] };
const together: Step = { atMs: 8000, do: "heal" };
const putJson = (atMs: number, session: string, site: string, key: string, value: unknown) =>
  op(atMs, session, site, { f: "put", key, value: value as never });

const patch = (atMs: number, session: string, site: string, field: string, value: string) =>
  op(atMs, session, site, { f: "patch", key: "user", field, value });

/** Both sides of a cut have read one cart, and each puts something in. */
const carts: Schedule = {
  durationMs: 12_000,
  sites,
  timeline: [
    putJson(500, "shop", "mumbai", "cart:7", { count: 1, items: ["rice"] }),
    get(1500, "a", "mumbai", "cart:7"),
    get(1500, "b", "virginia", "cart:7"),
    apart,
    putJson(3000, "a", "mumbai", "cart:7", { count: 2, items: ["milk", "rice"] }),
    putJson(3100, "b", "virginia", "cart:7", { count: 3, items: ["rice", "tea"] }),
    together,
  ],
};

/** Mumbai edits twice, and Virginia once and later. */
const branches: readonly Step[] = [
  put(500, "a", "mumbai", "doc", "draft"),
  get(1500, "b", "virginia", "doc"),
  apart,
  put(3000, "a", "mumbai", "doc", "second draft"),
  put(3500, "a", "mumbai", "doc", "third draft"),
  put(5000, "b", "virginia", "doc", "the latest"),
  together,
];

/** A client writes in one region and reads in another a moment later. */
const roaming: Schedule = {
  durationMs: 6000,
  sites,
  network: { delayMs: 300 },
  timeline: [put(2000, "a", "mumbai", "x", "mine"), get(2050, "a", "virginia", "x")],
};

/** How the rules of applications and of CouchDB make one value of several, and what is left to people. */
export const mergeRuleExamples: readonly BundledScenario[] = [
  {
    id: "cart-by-rules",
    scenario: {
      name: "Two carts made one by the application's rules: counts added up, items united",
      ...carts,
      cluster: {
        ...{ mode: "active-active", merge: "app" },
        app: {
          rules: [
            { key: "cart:*", field: "count", rule: "sum" },
            { key: "cart:*", field: "items", rule: "union" },
          ],
        },
      },
      expect: [
        { key: "cart:7", everywhere: { count: 4, items: ["milk", "rice", "tea"] } },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "cart-without-a-rule",
    scenario: {
      name: "Two carts that no rule covers stand side by side, and a person settles them",
      ...carts,
      timeline: [
        ...(carts.timeline ?? []),
        { atMs: 9000, do: "resolve", site: "virginia", key: "cart:7", value: { count: 4, items: ["rice"] } },
      ],
      cluster: { mode: "active-active", merge: "app" },
      expect: [
        { key: "cart:7", everywhere: { count: 4, items: ["rice"] } },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "couchdb-longest-branch",
    scenario: {
      name: "The branch of more edits is shown, and the later edit is a hidden conflict",
      ...{ durationMs: 12_000, sites, timeline: [...branches] },
      cluster: { preset: "couchdb" },
      expect: [
        { key: "doc", everywhere: "third draft" },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "couchdb-delete-brings-back",
    scenario: {
      name: "Deleting the document that is shown brings the conflict back",
      ...{ durationMs: 12_000, sites },
      timeline: [
        ...branches,
        get(9000, "a", "mumbai", "doc"),
        op(9500, "a", "mumbai", { f: "delete", key: "doc" }),
      ],
      cluster: { preset: "couchdb" },
      expect: [{ key: "doc", everywhere: "the latest" }],
    },
  },
  {
    id: "couchdb-conflict-refused",
    scenario: {
      name: "An update of a revision that is no longer there is refused, and nothing is lost",
      ...{ durationMs: 6000, sites },
      timeline: [
        put(500, "a", "mumbai", "doc", "first"),
        get(1000, "b", "mumbai", "doc"),
        put(1500, "a", "mumbai", "doc", "second"),
        put(2000, "b", "mumbai", "doc", "based on the first"),
      ],
      cluster: { preset: "couchdb" },
      expect: [
        { key: "doc", everywhere: "second" },
        { check: "lost-update", verdict: "holds" },
        { metric: "availabilityWrites", atMost: 0.7 },
      ],
    },
  },
  {
    id: "couchbase-more-updates-win",
    scenario: {
      name: "The more often edited wins over the later: sequence numbers",
      ...{ durationMs: 12_000, sites, timeline: [...branches] },
      cluster: { preset: "couchbase-xdcr" },
      expect: [
        { key: "doc", everywhere: "third draft" },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "active-directory-two-attributes",
    scenario: {
      name: "Two administrators change two attributes of one object, and a third",
      ...{ durationMs: 12_000, sites },
      timeline: [
        apart,
        patch(3000, "a", "mumbai", "mail", "a@example.org"),
        patch(3000, "b", "virginia", "phone", "1"),
        patch(4000, "a", "mumbai", "room", "first"),
        patch(4500, "a", "mumbai", "room", "second"),
        patch(6000, "b", "virginia", "room", "later"),
        together,
      ],
      cluster: { preset: "active-directory" },
      expect: [
        { key: "user", everywhere: { mail: "a@example.org", phone: "1", room: "second" } },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "active-directory-by-object",
    scenario: {
      name: "The same with one stamp for the whole object: the other side's attributes are gone",
      ...{ durationMs: 12_000, sites },
      timeline: [
        apart,
        patch(3000, "a", "mumbai", "mail", "a@example.org"),
        patch(3500, "b", "virginia", "phone", "1"),
        together,
      ],
      cluster: { mode: "active-active", merge: "lww" },
      expect: [
        { key: "user", everywhere: { phone: "1" } },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "galera-first-committer-wins",
    scenario: {
      name: "Two sites write one key at once: the first in the order wins, the other one is rolled back",
      ...{ durationMs: 8000, sites: ["mumbai", "virginia", "lima"] },
      timeline: [put(3000, "a", "mumbai", "x", "A"), put(3010, "b", "virginia", "x", "B")],
      cluster: { preset: "galera" },
      expect: [
        { key: "x", everywhere: "A" },
        { metric: "lostWrites", equals: 0 },
        { metric: "availabilityWrites", equals: 0.5 },
      ],
    },
  },
  {
    id: "galera-minority-refuses",
    scenario: {
      name: "The site that a cut leaves alone is outside the primary component, and serves nobody",
      ...{ durationMs: 14_000, sites: ["mumbai", "virginia", "lima"] },
      timeline: [
        put(1000, "a", "mumbai", "x", "before"),
        { atMs: 2000, do: "partition", groups: [["lima"], ["mumbai", "virginia"]] },
        put(9000, "c", "lima", "x", "alone"),
        put(9000, "b", "virginia", "x", "majority"),
        { atMs: 11_000, do: "heal" },
      ],
      cluster: { preset: "galera" },
      expect: [
        { key: "x", everywhere: "majority" },
        { metric: "lostWrites", equals: 0 },
        { metric: "silentConflicts", equals: 0 },
      ],
    },
  },
  {
    id: "cosmosdb-session-token",
    scenario: {
      name: "A client that roams sees its own write: the region waits for what its token names",
      ...roaming,
      cluster: { preset: "cosmosdb-session" },
      expect: [
        { check: "read-your-writes", verdict: "holds" },
        { metric: "availabilityReads", equals: 1 },
      ],
    },
  },
  {
    id: "cosmosdb-without-token",
    scenario: {
      name: "The same client without a token reads at a region that has not heard of its write",
      ...roaming,
      cluster: { preset: "cosmosdb-session", session: [] },
      expect: [{ check: "read-your-writes", verdict: "violated" }],
    },
  },
  {
    id: "hybrid-clock-with-a-limit",
    scenario: {
      name: "A clock two seconds fast is told so, and its site takes no more writes",
      ...{ durationMs: 10_000, sites: ["mumbai", "virginia", "lima"] },
      timeline: [
        { atMs: 500, do: "clock", site: "virginia", skewMs: 2000 },
        put(5000, "us", "virginia", "price", "US"),
        put(5500, "india", "mumbai", "price", "India"),
      ],
      cluster: { mode: "active-active", merge: "lww-hlc", lww: { maxOffsetMs: 500 } },
      expect: [
        { key: "price", everywhere: "India" },
        { metric: "lostWrites", equals: 0 },
        { metric: "availabilityWrites", equals: 0.5 },
      ],
    },
  },
];
