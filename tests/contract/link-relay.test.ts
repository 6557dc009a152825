import type { Peer } from "@/lib/net/link";
import { createMesh, type SiteMesh } from "@/lib/net/mesh";
import { relayOverSocket } from "@/lib/net/relay";
import type { LabCode, SeatId } from "@/lib/protocol/ids";
import { linkContract } from "./link-suite";
import { realTiming } from "./real-timing";
import { startRelayServer } from "./relay-server";

linkContract("the relay, where no browser has WebRTC", async () => {
  const server = await startRelayServer();
  const meshes: SiteMesh[] = [];
  const authOf = (self: Peer) => ({
    as: "seat" as const,
    code: "ABCDEF" as LabCode,
    seatId: self.site as string as SeatId,
    secret: "0123456789abcdef",
    incarnation: self.incarnation,
  });
  return {
    join(self, events) {
      const mesh = createMesh({
        self,
        sendSignal: () => undefined,
        openRelay: relayOverSocket(server.url, () => authOf(self)),
        makePeerConnection: null,
        timing: realTiming,
        seed: 1,
        events,
      });
      meshes.push(mesh);
      return mesh;
    },
    setFaults: (faults) => {
      for (const mesh of meshes) mesh.setFaults(faults);
    },
    close: server.close,
  };
});
