import { test as base } from "@playwright/test";
import { type LabServer, startLabServer } from "./lab-server";

/** A story with a lab server of its own, closed when the story ends. */
export const test = base.extend<{ server: LabServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter list.
  server: async ({}, use) => {
    const server = await startLabServer();
    await use(server);
    await server.close();
  },
});
