import { createMemoryNetwork } from "@/lib/net/memory";
import { linkContract } from "./link-suite";
import { realTiming } from "./real-timing";

linkContract("memory", async () => {
  const network = createMemoryNetwork({ seed: 1, timing: realTiming });
  return { join: network.join, setFaults: network.setFaults, close: async () => undefined };
});
