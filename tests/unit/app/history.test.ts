import { expect, test } from "vitest";
import { cutTimesOf, epochsOf, stretchesOf } from "@/app/_timeline/history";
import type { SiteId } from "@/lib/protocol/ids";
import type { SitePicture } from "@/lib/protocol/lab/picture";
import type { TraceBody, TraceEvent } from "@/lib/protocol/trace";

const mumbai = "mumbai" as SiteId;
const pune = "pune" as SiteId;

function at(atMs: number, site: TraceEvent["site"], body: TraceBody): TraceEvent {
  return { site, e: 1, vc: {}, atMs, errMs: 0, wallMs: 0, hlc: [0, 0], ...body };
}

const site: SitePicture = {
  ...{ id: mumbai, city: "Mumbai", lat: 19, lon: 73, role: "primary", status: "dead", epoch: 1 },
  ...{
    position: { epoch: 1, lsn: 3 },
    via: null,
    incarnation: 1,
    hidden: false,
    lagOps: null,
    cannotWrite: null,
  },
};

const story: TraceEvent[] = [
  at(100, mumbai, { kind: "role", role: "primary", epoch: 1, reason: "first" }),
  at(200, pune, { kind: "role", role: "replica", epoch: 1, reason: "joined" }),
  at(5_000, "coordinator", { kind: "fault", verb: "crash", fields: { site: "mumbai" }, cause: "planned" }),
  at(8_000, "coordinator", { kind: "detect", target: mumbai, state: "dead", evidence: "silent" }),
];

test("a site's past is told by stretches without gaps, each until the next begins", () => {
  expect(stretchesOf(story, site, 9_000)).toEqual([
    { state: "primary", fromMs: 100, toMs: 5_000 },
    { state: "dead", fromMs: 5_000, toMs: 9_000 },
  ]);
});

test("another site's events say nothing about this one", () => {
  expect(stretchesOf(story.slice(1, 2), { ...site, status: "alive" }, 9_000)).toEqual([
    { state: "primary", fromMs: 0, toMs: 9_000 },
  ]);
});

test("an epoch begins with the first view that has it", () => {
  const view = (number: number, epoch: number): TraceBody => ({
    ...{ kind: "view", number, epoch, primary: mumbai, members: [mumbai], mode: "active-passive" },
    ...{ merge: "lww", phase: "serving", reason: "" },
  });
  const views = [
    at(1, "coordinator", view(1, 1)),
    at(2, "coordinator", view(2, 1)),
    at(3, "coordinator", view(3, 2)),
  ];
  expect(epochsOf(views)).toEqual([
    { atMs: 1, epoch: 1 },
    { atMs: 3, epoch: 2 },
  ]);
});

test("links were cut from the first cut until the last is mended; a heal ends all of it", () => {
  const fault = (atMs: number, verb: string, fields: Extract<TraceBody, { kind: "fault" }>["fields"] = {}) =>
    at(atMs, "coordinator", { kind: "fault", verb, fields, cause: "planned" });
  const there = { from: "mumbai", to: "pune" };
  const back = { from: "pune", to: "mumbai" };
  const further = { from: "mumbai", to: "delhi" };
  const mended = [
    fault(1, "cut", there),
    fault(2, "pull", further),
    fault(3, "mend", back),
    fault(5, "plug", further),
  ];
  expect(cutTimesOf(mended, 9)).toEqual([{ fromMs: 1, toMs: 5 }]);
  const healed = [
    ...mended,
    fault(6, "partition"),
    fault(7, "mend", there),
    fault(8, "heal"),
    fault(10, "isolate"),
  ];
  expect(cutTimesOf(healed, 12)).toEqual([
    { fromMs: 1, toMs: 5 },
    { fromMs: 6, toMs: 8 },
    { fromMs: 10, toMs: 12 },
  ]);
});
