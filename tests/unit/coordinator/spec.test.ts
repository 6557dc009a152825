import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createCoordinator } from "../../../lib/coordinator/coordinator";
import { runningPod } from "./stories";

const root = process.cwd();

test("every rule of the coordinator's SPEC.md stands in the name of a test, and no test names another", () => {
  const spec = readFileSync(join(root, "lib/coordinator/SPEC.md"), "utf8");
  const rules = [...spec.matchAll(/^- \*\*(C\d+)\*\*/gm)].map(([, id]) => id);
  expect(rules.length).toBeGreaterThan(30);
  expect(rules).toEqual([...new Set(rules)]);
  const folder = join(root, "tests/unit/coordinator");
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  const texts = [
    ...files.map((name) => join(folder, name)),
    join(root, "tests/property/coordinator.test.ts"),
  ];
  const titles = texts.flatMap((path) => [
    ...readFileSync(path, "utf8").matchAll(/^\s*test\(\s*"([^"]*)"/gm),
  ]);
  const named = new Set(
    titles.flatMap(([, title = ""]) => [...title.matchAll(/\[(C\d+)\]/g)].map(([, id]) => id)),
  );
  expect(rules.filter((id) => !named.has(id))).toEqual([]);
  expect([...named].filter((id) => !rules.includes(id))).toEqual([]);
});

test("[C1] equal inputs give equal outputs and equal snapshots", () => {
  const played = runningPod({ preset: "postgres-sync" });
  played.close("mumbai");
  played.run(500);
  played.promote("delhi");
  played.run(4000);
  expect(played.inputs().length).toBeGreaterThan(100);
  const [one, two] = [createCoordinator(), createCoordinator()];
  for (const input of played.inputs()) expect(one.step(input)).toEqual(two.step(input));
  expect(one.snapshot(played.now())).toEqual(two.snapshot(played.now()));
  expect(one.snapshot(played.now())).toEqual(played.snapshot());
});
