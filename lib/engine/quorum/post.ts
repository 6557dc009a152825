import type { SiteId } from "../../protocol/ids";
import type { SiteMessage, SiteMessageOf } from "../../protocol/site/message";
import type { Version } from "../../protocol/site/quorum";
import { type Site, send } from "../site";
import { none, type Versions } from "./version";

/** Questions to other sites whose answers somebody here waits for. What is not answered is forgotten in time. */
export type Post = {
  /** Asks a site to keep versions; `owed` is the owner that it stands in for. `done`: they are on its disk. */
  readonly write: (to: SiteId, versions: Versions, owed: SiteId | null, done: (by: SiteId) => void) => void;
  readonly read: (to: SiteId, key: string, done: (by: SiteId, versions: Versions) => void) => void;
  /** Takes a tombstone to a member, before everybody forgets it. */
  readonly bury: (to: SiteId, version: Version, done: (by: SiteId) => void) => void;
  readonly onWritten: (from: SiteId, message: SiteMessageOf<"quorum-written">) => void;
  readonly onValue: (from: SiteId, message: SiteMessageOf<"quorum-value">) => void;
  /** Forgets questions that were asked long ago. */
  readonly tick: () => void;
};

type Asked = {
  readonly to: SiteId;
  readonly sinceMono: number;
  readonly done: (by: SiteId, versions: Versions) => void;
};

/** An answer that took longer than this is of no use to anybody, in ms. */
const keptMs = 30_000;

/** No question is open. Request numbers are those of this life: an answer to an earlier one finds nobody. */
export function createPost(site: Site): Post {
  const open = new Map<number, Asked>();
  let last = site.identity.incarnation * 2 ** 24;

  function ask(to: SiteId, done: Asked["done"], messageOf: (request: number) => SiteMessage): void {
    last += 1;
    open.set(last, { to, sinceMono: site.now.mono, done });
    send(site, to, messageOf(last), "stream");
  }

  function answered(from: SiteId, request: number, versions: Versions): void {
    const asked = open.get(request);
    if (asked === undefined || asked.to !== from) return;
    open.delete(request);
    asked.done(from, versions);
  }

  return {
    write(to, versions, owed, done) {
      const { generation } = site;
      ask(to, done, (request) => ({
        type: "quorum-write",
        ...{ generation, request, owed },
        versions: versions.slice(),
      }));
    },
    read(to, key, done) {
      const { generation } = site;
      ask(to, done, (request) => ({ type: "quorum-read", generation, request, key }));
    },
    bury(to, version, done) {
      const { generation } = site;
      ask(to, done, (request) => ({ type: "quorum-bury", generation, request, version }));
    },
    onWritten: (from, { request }) => answered(from, request, none),
    onValue: (from, { request, versions }) => answered(from, request, versions),
    tick() {
      for (const [request, { sinceMono }] of open) {
        if (site.now.mono - sinceMono < keptMs) return;
        open.delete(request);
      }
    },
  };
}
