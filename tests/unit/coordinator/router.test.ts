import { expect, test } from "vitest";
import { createRouter } from "../../../lib/coordinator/router";
import type { SelfReport } from "../../../lib/coordinator/routes/surroundings";
import { firstView } from "../../../lib/coordinator/view";
import type { ClusterPatch } from "../../../lib/protocol/cluster";
import type { SessionId, SiteId } from "../../../lib/protocol/ids";
import type { Outcome } from "../../../lib/protocol/operation";
import { cluster, trio } from "./stories";

const sites = trio as readonly string[] as readonly SiteId[];
const c = (n: number) => `c${n}` as SessionId;

/** An edge on which everything answers; a test takes away what is to be gone. */
function edge(patch: ClusterPatch) {
  const gone = new Set<string>();
  const reports = new Map<string, SelfReport>();
  const router = createRouter({
    isConnected: (site) => !gone.has(site),
    ask: (site) => (gone.has(site) ? null : (reports.get(site) ?? null)),
    delayMs: (from, to) => Math.abs(sites.indexOf(from) - sites.indexOf(to)) * 10,
  });
  let number = 0;
  function lead(primary: string | null, epoch: number): void {
    number += 1;
    for (const site of sites) {
      const role = site === primary ? "primary" : "replica";
      reports.set(site, { role, epoch, leader: primary as SiteId | null });
    }
    const view = firstView(sites, cluster(patch));
    router.setView({ ...view, number, epoch, primary: primary as SiteId | null });
  }
  lead("mumbai", 1);
  const to = (n: number, nowMs = 0) => {
    const choice = router.route(c(n), nowMs);
    return choice.site ?? choice.error;
  };
  return { router, gone, reports, lead, to };
}

test("[C110] the address moves with the view, and among peers by the last announcement", () => {
  const vip = edge({});
  expect(vip.to(1)).toBe("mumbai");
  vip.lead("pune", 2);
  expect(vip.to(1)).toBe("pune");
  vip.lead(null, 2);
  expect(vip.to(1)).toBe("NO_PRIMARY");
  const peers = edge({ preset: "keepalived-pair", route: "primary" });
  peers.router.announce("mumbai" as SiteId);
  peers.router.announce("pune" as SiteId);
  expect(peers.to(1)).toBe("pune");
  // Mumbai was paused and never stopped believing: it announces nothing, so nothing comes to it.
  peers.lead("mumbai", 3);
  expect(peers.to(1)).toBe("pune");
});

test("[C111] a cached name outlives the primary, an open connection outlives the name", () => {
  const dns = edge({ route: { dnsTtlMs: 5000 } });
  expect(dns.to(1, 0)).toBe("mumbai");
  dns.lead("pune", 2);
  expect(dns.to(1, 60_000)).toBe("mumbai");
  expect(dns.to(2, 60_000)).toBe("pune");
  dns.router.ended(c(1), "NOT_PRIMARY");
  expect(dns.to(1, 61_000)).toBe("mumbai");
  dns.router.ended(c(1), "TIMEOUT");
  expect(dns.to(1, 61_001)).toBe("pune");
  dns.lead("delhi", 3);
  dns.gone.add("pune");
  expect(dns.to(1, 62_000)).toBe("SITE_DOWN");
  expect(dns.to(1, 66_002)).toBe("delhi");
});

test("[C111] where all sites write, a name stands for each in turn, and its TTL is how long a dead one is believed in", () => {
  const dns = edge({ mode: "active-active", route: { dnsTtlMs: 5000 } });
  expect([dns.to(1), dns.to(2), dns.to(3), dns.to(1)]).toEqual(["mumbai", "pune", "delhi", "mumbai"]);
  dns.gone.add("mumbai");
  dns.router.lost("mumbai" as SiteId);
  expect(dns.to(1, 4999)).toBe("SITE_DOWN");
  // The next in turn is the dead one once more: nobody has told the name server.
  expect(dns.to(1, 5000)).toBe("SITE_DOWN");
  expect(dns.to(1, 10_000)).toBe("pune");
  expect(dns.to(2, 60_000)).toBe("pune");
});

test("[C112] a proxy lets a demoted primary go after `fall` checks and takes the new one after `rise`", () => {
  const proxy = edge({ route: { proxyCheckMs: 500, fall: 3, rise: 2 } });
  expect(proxy.router.checkEveryMs()).toBe(500);
  expect(proxy.to(1)).toBe("mumbai");
  proxy.reports.set("mumbai", { role: "replica", epoch: 2, leader: "pune" as SiteId });
  proxy.reports.set("pune", { role: "primary", epoch: 2, leader: "pune" as SiteId });
  proxy.router.check();
  expect(proxy.to(1)).toBe("mumbai");
  proxy.router.check();
  expect(new Set([proxy.to(1), proxy.to(1)])).toEqual(new Set(["mumbai", "pune"]));
  proxy.router.check();
  expect([proxy.to(1), proxy.to(2)]).toEqual(["pune", "pune"]);
});

test("[C113] near, next, sticky and checked routes", () => {
  const local = edge({ route: "local" });
  expect([local.to(1), local.to(2), local.to(4)]).toEqual(["mumbai", "pune", "mumbai"]);
  const turns = edge({ route: "round-robin" });
  expect([turns.to(1), turns.to(1), turns.to(1), turns.to(1)]).toEqual([...sites, "mumbai"]);
  const sticky = edge({ route: "sticky" });
  expect([sticky.to(1), sticky.to(2), sticky.to(1)]).toEqual(["mumbai", "pune", "mumbai"]);
  sticky.gone.add("mumbai");
  const moved = sticky.to(1);
  expect(moved).not.toBe("mumbai");
  sticky.gone.clear();
  expect(sticky.to(1)).toBe(moved);
  const near = edge({ route: "latency" });
  near.gone.add("delhi");
  expect(near.to(3)).toBe("pune");
  const checked = edge({ route: "gslb" });
  expect(checked.to(3, 0)).toBe("delhi");
  checked.gone.add("delhi");
  expect(checked.to(3, 100)).toBe("SITE_DOWN");
  for (let n = 0; n < 3; n += 1) checked.router.check();
  expect(checked.to(3, 4000)).toBe("SITE_DOWN");
  expect(checked.to(3, 5001)).toBe("pune");
});

test("[C118] a sticky session stays where its route first took it, until that is gone", () => {
  const axes: ClusterPatch = { mode: "active-active", route: "round-robin" };
  const free = edge(axes);
  expect([free.to(1), free.to(1)]).toEqual(["mumbai", "pune"]);
  const kept = edge({ ...axes, session: ["sticky", "read-your-writes"] });
  expect([kept.to(1), kept.to(1), kept.to(2), kept.to(1)]).toEqual(["mumbai", "mumbai", "pune", "mumbai"]);
  kept.gone.add("mumbai");
  expect(kept.to(1)).toBe("delhi");
  kept.gone.clear();
  expect(kept.to(1)).toBe("delhi");
});

test("[C114] a majority of the monitors must answer, and the highest epoch counts", () => {
  const monitors = edge({ preset: "redis-sentinel", route: "ask-monitors" });
  monitors.reports.set("delhi", { role: "primary", epoch: 2, leader: "delhi" as SiteId });
  expect(monitors.to(1)).toBe("delhi");
  monitors.gone.add("delhi");
  expect(monitors.to(1)).toBe("mumbai");
  monitors.gone.add("pune");
  expect(monitors.to(1)).toBe("NO_PRIMARY");
});

const ok = (epoch: number): Outcome => ({
  status: "ok",
  value: null,
  version: null,
  servedBy: "mumbai",
  epoch,
});

test("[C115] the router neither asks nor believes an overtaken primary", () => {
  const { router, lead, reports, to } = edge({ fencing: ["router"], route: { dnsTtlMs: 60_000 } });
  expect(to(1)).toBe("mumbai");
  lead("pune", 2);
  reports.set("mumbai", { role: "primary", epoch: 1, leader: "mumbai" as SiteId });
  expect(to(1)).toBe("FENCED");
  expect(router.admit(ok(1), false)).toMatchObject({ status: "unknown", error: "FENCED" });
  expect(router.admit(ok(1), true)).toMatchObject({ status: "fail", error: "FENCED" });
  expect(router.admit(ok(2), false)).toEqual(ok(2));
  const open = edge({ fencing: [] });
  open.lead("pune", 2);
  expect(open.router.admit(ok(1), false)).toEqual(ok(1));
});
