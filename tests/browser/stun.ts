import type { TestProject } from "vitest/node";
import { startStun } from "../../server/stun";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of the lab's own STUN responder on 127.0.0.1, without which a machine without a network has no candidates. */
    stunPort: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stun = await startStun({ port: 0, host: "127.0.0.1" });
  project.provide("stunPort", stun.port);
  return stun.close;
}
