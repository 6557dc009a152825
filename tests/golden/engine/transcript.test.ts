import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { replay } from "./transcript";

const folder = join(process.cwd(), "tests/golden/engine");
const stories = readdirSync(folder).filter((name) => name.endsWith(".txt"));

/**
 * `vitest -u` rewrites the files: read the difference, and commit it only if it is what you want.
 */
test.each(stories)("%s is what really happens", async (name) => {
  const path = join(folder, name);
  await expect(replay(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
});
