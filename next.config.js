import { fileURLToPath } from "node:url";

/** @type {import("next").NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  // `npm test` checks the types of the whole repository; a user's first start need not wait for it.
  typescript: { ignoreBuildErrors: true },
  turbopack: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    // Node's Buffer, 7 KB of gzip, would come along for branches of lib0 that no browser takes.
    resolveAlias: { "next/dist/compiled/buffer": { browser: "./app/no-buffer.ts" } },
  },
};
