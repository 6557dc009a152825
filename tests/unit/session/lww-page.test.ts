import { expect, test } from "vitest";
import type { SiteId } from "../../../lib/protocol/ids";
import { createLwwPage, type LwwPage } from "../../../lib/session/lww-page";

const [mumbai, pune, delhi] = ["mumbai", "pune", "delhi"] as [SiteId, SiteId, SiteId];

/** Three sites whose links the test cuts; every site has a wall clock of its own. */
function createPod() {
  const walls: Record<string, number> = { mumbai: 1_000, pune: 1_000, delhi: 1_000 };
  const cut = new Set<string>();
  const bad: string[] = [];
  const pages = new Map<SiteId, LwwPage>();
  const isCut = (a: SiteId, b: SiteId) => cut.has(`${a}-${b}`) || cut.has(`${b}-${a}`);
  for (const site of [mumbai, pune, delhi]) {
    const others = [mumbai, pune, delhi].filter((other) => other !== site);
    const page = createLwwPage({
      site,
      wall: () => walls[site] ?? 0,
      peers: () => others.filter((other) => !isCut(site, other)),
      send: (to, payload) => isCut(site, to) || pages.get(to)?.receive(site, payload),
      onChange: () => {},
      onBad: (name) => bad.push(name),
    });
    pages.set(site, page);
  }
  const at = (site: SiteId) => pages.get(site) as LwwPage;
  const texts = () => [mumbai, pune, delhi].map((site) => at(site).text());
  return { at, texts, walls, cut, bad };
}

test("the last writer's text is everywhere", () => {
  const pod = createPod();
  pod.at(mumbai).write("first");
  pod.walls.pune = 2_000;
  pod.at(pune).write("second");
  expect(pod.texts()).toEqual(["second", "second", "second"]);
});

test("after a partition heals the later wall clock's text is left and the other is gone", () => {
  const pod = createPod();
  pod.cut.add("mumbai-pune").add("mumbai-delhi");
  pod.walls.mumbai = 3_000;
  pod.at(mumbai).write("from mumbai");
  pod.walls.pune = 2_000;
  pod.at(pune).write("from pune");
  expect(pod.texts()).toEqual(["from mumbai", "from pune", "from pune"]);
  pod.cut.clear();
  pod.at(mumbai).offerTo(pune);
  pod.at(pune).offerTo(mumbai);
  expect(pod.texts()).toEqual(["from mumbai", "from mumbai", "from mumbai"]);
});

test("a text travels round a single cut link", () => {
  const pod = createPod();
  pod.cut.add("mumbai-delhi");
  pod.at(mumbai).write("round");
  expect(pod.texts()).toEqual(["round", "round", "round"]);
});

test("nonsense, oversized texts and stamps from the far future change nothing and are counted", () => {
  const pod = createPod();
  const say = (value: unknown) =>
    pod.at(pune).receive(mumbai, new TextEncoder().encode(JSON.stringify(value)));
  pod.at(pune).receive(mumbai, new Uint8Array([1, 2, 3]));
  say({ text: "x".repeat(20_000), wall: 2_000, site: "mumbai" });
  say({ text: "for ever", wall: 1e300, site: "mumbai" });
  say({ text: "x", wall: 2_000, site: "NOT A SITE" });
  expect(pod.texts()).toEqual(["", "", ""]);
  expect(pod.bad).toEqual(["PAGE", "PAGE", "PAGE", "PAGE"]);
});
