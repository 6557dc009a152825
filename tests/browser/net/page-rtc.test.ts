import { afterEach, expect, test } from "vitest";
import { randomStream } from "@/lib/kernel/random";
import type { SiteMesh } from "@/lib/net/mesh";
import { createSharedPage, type SharedPage } from "@/lib/net/page";
import { healthyLink } from "@/lib/protocol/faults";
import type { SiteId } from "@/lib/protocol/ids";
import { until } from "../../contract/link-suite";
import { openPageWorld } from "./page-world";

type Tab = { readonly site: SiteId; readonly mesh: SiteMesh; readonly page: SharedPage };
let tabs: Tab[] = [];
afterEach(() => {
  for (const { mesh, page } of tabs) {
    page.close();
    mesh.close();
  }
  tabs = [];
});

/** Tabs joined over peer connections, with the relay below them until those are open. */
async function openTabs(cities: readonly string[]): Promise<void> {
  const world = openPageWorld({ signals: true, relay: true });
  for (const [index, city] of cities.entries()) {
    const site = city.toLowerCase() as SiteId;
    const up = new Set<SiteId>();
    const page = await createSharedPage({
      site,
      city,
      clientId: 500 + index,
      send: (to, bytes) => mesh.send(to, "stream", "page", bytes),
      count: () => undefined,
    });
    const mesh: SiteMesh = world.join(
      { site, incarnation: 1 },
      {
        onMessage: (from, _port, _lane, payload) => page.receive(from, payload),
        onChange({ to, status }) {
          if (up.has(to) === (status === "up")) return;
          if (status === "up") {
            up.add(to);
            page.onLinkUp(to);
          } else {
            up.delete(to);
            page.onLinkDown(to, status !== "connecting");
          }
        },
      },
    );
    tabs.push({ site, mesh, page });
  }
  const peers = tabs.map(({ site }) => ({ site, incarnation: 1 }));
  for (const { mesh } of tabs) mesh.setPeers(peers);
  await until("all links are direct", () =>
    tabs.every(({ mesh }) => mesh.links().every(({ status, via }) => status === "up" && via === "direct")),
  );
}

function setFaults(
  version: number,
  what: "cut" | "pulled",
  isBroken: (a: number, b: number) => boolean,
): void {
  const links = tabs.flatMap((from, a) =>
    tabs.flatMap((to, b) =>
      a !== b && isBroken(Math.min(a, b), Math.max(a, b))
        ? [{ from: from.site, to: to.site, condition: { ...healthyLink, [what]: true } }]
        : [],
    ),
  );
  for (const { mesh } of tabs) mesh.setFaults({ version, sites: [], links });
}

const texts = () => tabs.map(({ page }) => page.text());
const agree = (length: number) => new Set(texts()).size === 1 && texts()[0]?.length === length;

test("over peer connections, forty rounds of cutting or pulling, writing and healing all converge", async () => {
  await openTabs(["Lima", "Osaka", "Pune"]);
  const random = randomStream(5, "rounds");
  let letters = 0;
  for (let round = 0; round < 40; round += 1) {
    const broken = [random.unit() < 0.5, random.unit() < 0.5, random.unit() < 0.5];
    const what = random.unit() < 0.3 ? "pulled" : "cut";
    setFaults(2 * round + 1, what, (a, b) => broken[a + b - 1] ?? false);
    for (const { page } of tabs) {
      page.edit({ at: random.below(page.text().length + 1), remove: 0, insert: "abc" });
      letters += 3;
      if (random.unit() < 0.5) await new Promise((resolve) => setTimeout(resolve, random.below(10)));
    }
    setFaults(2 * round + 2, what, () => false);
    await until(`round ${round} has converged`, () => agree(letters));
  }
  expect(new Set(texts()).size).toBe(1);
});

test("a paste of 1 MB crosses a link that is pulled and plugged in the middle of it", async () => {
  await openTabs(["Lima", "Pune"]);
  const paste = "0123456789abcdef".repeat(65_536);
  tabs[0]?.page.edit({ at: 0, remove: 0, insert: paste });
  setFaults(1, "pulled", () => true);
  tabs[1]?.page.edit({ at: 0, remove: 0, insert: "!" });
  setFaults(2, "pulled", () => false);
  await until("it has arrived", () => agree(paste.length + 1));
});
