import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** The names of all tests of the project; a template's variable part counts for nothing. */
const titles = filesUnder("tests", ".test.ts").flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/\btest(?:\.each\([^)]*\))?\(\s*(["'`])(.*?)\1/gs)].map(
    ([, , title = ""]) => title,
  ),
);
const proven = new Set(
  titles.flatMap((title) => [...title.matchAll(/\[([A-Z]\d+)\]/g)].map(([, id = ""]) => id)),
);

const specs = filesUnder("lib", "SPEC.md").map((file) => ({
  file,
  rules: [...readFileSync(file, "utf8").matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id = ""]) => id),
}));

test("every rule of every SPEC.md has one id, and a test whose name carries it", () => {
  expect(specs.map(({ file }) => file)).toEqual([
    "lib/coordinator/SPEC.md",
    "lib/engine/SPEC.md",
    "lib/merge/SPEC.md",
  ]);
  const rules = specs.flatMap(({ rules }) => rules);
  expect(rules).toEqual([...new Set(rules)]);
  expect(specs.every((spec) => spec.rules.length > 10)).toBe(true);
  expect(rules.filter((id) => !proven.has(id))).toEqual([]);
});

test("no test claims a rule that no SPEC.md states", () => {
  const rules = new Set(specs.flatMap((spec) => spec.rules));
  const letters = new Set([...rules].map((id) => id.charAt(0)));
  const strangers = [...proven].filter((id) => letters.has(id.charAt(0)) && !rules.has(id));
  expect(strangers).toEqual([]);
});
