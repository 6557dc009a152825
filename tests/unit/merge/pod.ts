import type { Context } from "../../../lib/merge/siblings";
import { type Applied, createMergeStore, type MergeStore } from "../../../lib/merge/store";
import type { StampedBy } from "../../../lib/merge/store-state";
import { actorOf } from "../../../lib/merge/write";
import type { MergeRule } from "../../../lib/protocol/cluster";
import { opIdOf, type SessionId, type SiteId } from "../../../lib/protocol/ids";
import type { WriteOperation } from "../../../lib/protocol/operation";
import type { ReplicatedOp } from "../../../lib/protocol/site/replicated-op";

/** One site of a test pod: a store, its own wall clock, and every write it made. */
export type TestSite = {
  readonly id: SiteId;
  readonly store: MergeStore;
  readonly made: ReplicatedOp[];
  /** Writes at `wall` ms on this site's own clock, which a skew may have shifted. */
  readonly write: (op: WriteOperation, wall?: number, served?: MergeRule, context?: Context) => ReplicatedOp;
  readonly hear: (...ops: readonly ReplicatedOp[]) => Applied[];
};

/** A site without network: tests carry its writes about. `index` decides its Yjs client id. */
export function testSite(
  name: string,
  index: number,
  incarnation = 1,
  lww: StampedBy = { order: "time", unit: "key" },
): TestSite {
  const id = name as SiteId;
  const store = createMergeStore(id, actorOf(index, incarnation), lww);
  const made: ReplicatedOp[] = [];
  return {
    id,
    store,
    made,
    write(op, wall = 1000, served = "lww", context = null) {
      const holders = ["pune", "lima", "oslo"];
      const session = `${name}-${incarnation}` as SessionId;
      const opId = opIdOf(session, made.length + 1);
      const result = store.accept({ opId, session, op, wall, context, holders }, served);
      if (!result.ok) throw new Error(`${result.error.error}: ${result.error.why}`);
      // Through JSON, as every wire and disk does.
      const op_ = JSON.parse(JSON.stringify(result.value.op)) as ReplicatedOp;
      made.push(op_);
      return op_;
    },
    hear: (...ops) => ops.map((op) => store.apply(op, 0)),
  };
}

/** Every site hears every write of every other. */
export function exchange(...sites: readonly TestSite[]): void {
  for (const from of sites) for (const to of sites) if (from !== to) to.hear(...from.made);
}
