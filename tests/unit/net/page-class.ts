import type { LinkInfo, Mesh } from "@/lib/net/link";
import { createMemoryNetwork } from "@/lib/net/memory";
import { createSharedPage, type SharedPage } from "@/lib/net/page";
import { type FaultState, healthyLink } from "@/lib/protocol/faults";
import type { SiteId } from "@/lib/protocol/ids";
import { realTiming } from "../../contract/real-timing";

/** One site of a small class: its page on its mesh, joined as the session joins them. */
export type Pupil = {
  readonly site: SiteId;
  readonly page: SharedPage;
  readonly mesh: Mesh;
  readonly errors: string[];
  /** Frames handed to the mesh so far. */
  readonly sent: { readonly to: SiteId; readonly bytes: Uint8Array }[];
};

/** A class on one page, over in-memory links with the real fault layer. */
export type PageClass = {
  readonly pupils: readonly Pupil[];
  /** Cuts every named pair, and mends all others. */
  readonly cutOnly: (pairs: readonly (readonly [number, number])[]) => void;
  /** One direction alone. */
  readonly cutOneWay: (from: number, to: number) => void;
  /** A tab closes: no farewell, and the others no longer list it. */
  readonly leave: (who: number) => void;
  /** A further site joins. */
  readonly join: (city: string) => Promise<Pupil>;
  readonly close: () => void;
};

export async function openPageClass(cities: readonly string[]): Promise<PageClass> {
  const network = createMemoryNetwork({ seed: 3, timing: realTiming });
  const pupils: Pupil[] = [];
  let present: SiteId[] = [];
  let version = 0;

  async function add(city: string): Promise<Pupil> {
    const site = city.toLowerCase() as SiteId;
    const sent: Pupil["sent"] = [];
    const errors: string[] = [];
    const up = new Set<SiteId>();
    const mesh: Mesh = network.join(
      { site, incarnation: 1 },
      {
        onMessage: (from, _port, _lane, payload) => page.receive(from, payload),
        onChange: (info) => changed(info),
      },
    );
    const page = await createSharedPage({
      site,
      city,
      clientId: 1000 + pupils.length,
      send(to, bytes) {
        sent.push({ to, bytes });
        mesh.send(to, "stream", "page", bytes);
      },
      count: (error) => errors.push(error),
    });
    function changed({ to, status }: LinkInfo): void {
      if (up.has(to) === (status === "up")) return;
      if (status === "up") {
        up.add(to);
        page.onLinkUp(to);
      } else {
        up.delete(to);
        page.onLinkDown(to, status === "cut");
      }
    }
    const pupil = { site, page, mesh, errors, sent };
    pupils.push(pupil);
    present = [...present, site];
    return pupil;
  }

  function introduce(): void {
    const peers = present.map((site) => ({ site, incarnation: 1 }));
    for (const { mesh, site } of pupils) if (present.includes(site)) mesh.setPeers(peers);
  }

  function setCuts(directed: readonly (readonly [number, number])[]): void {
    version += 1;
    const links: FaultState["links"] = directed.map(([from, to]) => ({
      from: siteOf(from),
      to: siteOf(to),
      condition: { ...healthyLink, cut: true },
    }));
    network.setFaults({ version, sites: [], links });
  }

  function siteOf(index: number): SiteId {
    return (pupils[index] as Pupil).site;
  }

  for (const city of cities) await add(city);
  introduce();
  return {
    pupils,
    cutOnly: (pairs) => setCuts(pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const])),
    cutOneWay: (from, to) => setCuts([[from, to]]),
    leave(who) {
      const gone = pupils[who] as Pupil;
      gone.mesh.close();
      gone.page.close();
      present = present.filter((site) => site !== gone.site);
      introduce();
      for (const { page, site } of pupils) if (present.includes(site)) page.onLinkDown(gone.site, false);
    },
    async join(city) {
      const pupil = await add(city);
      introduce();
      return pupil;
    },
    close() {
      for (const { mesh, page } of pupils) {
        mesh.close();
        page.close();
      }
    },
  };
}
