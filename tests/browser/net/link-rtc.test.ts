import type { SiteMesh } from "@/lib/net/mesh";
import { linkContract } from "../../contract/link-suite";
import { openPageWorld } from "./page-world";

/** No relay: what passes here passed over a peer connection. */
linkContract("WebRTC", async () => {
  const page = openPageWorld({ signals: true, relay: false });
  const meshes: SiteMesh[] = [];
  return {
    join(self, events) {
      const mesh = page.join(self, events);
      meshes.push(mesh);
      return mesh;
    },
    setFaults: (faults) => {
      for (const mesh of meshes) mesh.setFaults(faults);
    },
    close: async () => {
      for (const mesh of meshes) mesh.close();
    },
  };
});
