import { type FaultState, noFaults } from "../protocol/faults";
import type { SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import { conditionOf, isSilent } from "./fault";
import { createFaultPipe, type FaultPipe } from "./fault-pipe";
import type { Lane, LinkInfo, LinkStatus, Mesh, MeshEvents, Peer, Port } from "./link";
import type { Timing } from "./timing";

/** Sites of one process joined by their fault layers alone: the pod of `/solo`, and tests. */
export type MemoryNetwork = {
  /** Joins a site; its mesh reaches every other joined incarnation that it names as a peer. */
  readonly join: (self: Peer, events: MeshEvents) => Mesh;
  /** Puts the pod's faults in force at every site at once. */
  readonly setFaults: (faults: FaultState) => void;
};

type Message = { readonly lane: Lane; readonly port: Port; readonly payload: Uint8Array };
type Road = { readonly to: Peer; readonly pipe: FaultPipe<Message> };
type Member = {
  readonly self: Peer;
  readonly events: MeshEvents;
  readonly roads: Map<SiteId, Road>;
  readonly report: () => void;
};

/** Creates an empty network. Messages are never delivered within `send`, so no site is re-entered. */
export function createMemoryNetwork(options: {
  readonly seed: number;
  readonly timing: Timing;
}): MemoryNetwork {
  const { timing } = options;
  const members = new Map<SiteId, Member>();
  const landed: (() => void)[] = [];
  let faults = noFaults;

  function land(deliver: () => void): void {
    if (landed.push(deliver) === 1) timing.after(0, landAll);
  }

  function landAll(): void {
    for (const deliver of landed.splice(0)) deliver();
  }

  /** The member at the other end, if it also has a road to this incarnation. */
  function otherEnd(member: Member, to: Peer): Member | null {
    const other = members.get(to.site);
    const back = other?.roads.get(member.self.site);
    const isMet =
      other?.self.incarnation === to.incarnation && back?.to.incarnation === member.self.incarnation;
    return isMet ? other : null;
  }

  function arrive(member: Member, to: Peer, message: Message): void {
    const other = otherEnd(member, to);
    if (other === null || isSilent(conditionOf(faults, member.self.site, to.site))) return;
    other.events.onMessage(member.self.site, message.port, message.lane, message.payload);
  }

  function road(member: Member, to: Peer): Road {
    const pipe = createFaultPipe<Message>({
      seed: options.seed,
      name: `${member.self.site}>${to.site}`,
      timing,
      deliver: (message) => land(() => arrive(member, to, message)),
    });
    pipe.set(conditionOf(faults, member.self.site, to.site));
    return { to, pipe };
  }

  function statusOf(member: Member, to: Peer): LinkStatus {
    const there = conditionOf(faults, member.self.site, to.site);
    const back = conditionOf(faults, to.site, member.self.site);
    if (there.pulled || back.pulled) return "pulled";
    if (isSilent(there) || isSilent(back)) return "cut";
    return otherEnd(member, to) === null ? "connecting" : "up";
  }

  function infoOf(member: Member, to: Peer): LinkInfo {
    const there = conditionOf(faults, member.self.site, to.site);
    const back = conditionOf(faults, to.site, member.self.site);
    const status = statusOf(member, to);
    const rttMs = status === "up" ? there.delayMs + back.delayMs : null;
    return { to: to.site, status, via: "memory", rttMs, relayReason: null };
  }

  function createMember(self: Peer, events: MeshEvents): Member {
    const reported = new Map<SiteId, string>();
    const member: Member = {
      self,
      events,
      roads: new Map(),
      report() {
        for (const { to } of member.roads.values()) {
          const info = infoOf(member, to);
          const account = `${to.incarnation} ${info.status}`;
          if (reported.get(to.site) === account) continue;
          reported.set(to.site, account);
          events.onChange(info);
        }
      },
    };
    return member;
  }

  function reportAll(): void {
    for (const member of [...members.values()]) member.report();
  }

  function setPeers(member: Member, peers: readonly Peer[]): void {
    for (const [site, { to, pipe }] of member.roads) {
      if (peers.some((peer) => peer.site === site && peer.incarnation === to.incarnation)) continue;
      pipe.clear();
      member.roads.delete(site);
    }
    for (const peer of peers) {
      if (peer.site === member.self.site || member.roads.has(peer.site)) continue;
      member.roads.set(peer.site, road(member, peer));
    }
    reportAll();
  }

  function leave(member: Member): void {
    for (const { pipe } of member.roads.values()) pipe.clear();
    member.roads.clear();
    if (members.get(member.self.site) === member) members.delete(member.self.site);
    reportAll();
  }

  return {
    join(self, events) {
      const member = createMember(self, events);
      members.set(self.site, member);
      return {
        setPeers: (peers) => setPeers(member, peers),
        send(to, lane, port, payload) {
          if (payload.length > limits.streamMessageBytes) return;
          const isLarge = payload.length > limits.frameBytes;
          const message = { lane: isLarge ? ("stream" as const) : lane, port, payload };
          member.roads.get(to)?.pipe.offer(message.lane, payload.length, message);
        },
        links: () => [...member.roads.values()].map(({ to }) => infoOf(member, to)),
        close: () => leave(member),
      };
    },
    setFaults(next) {
      if (next.version < faults.version) return;
      faults = next;
      for (const { self, roads } of members.values()) {
        for (const { to, pipe } of roads.values()) pipe.set(conditionOf(faults, self.site, to.site));
      }
      reportAll();
    },
  };
}
