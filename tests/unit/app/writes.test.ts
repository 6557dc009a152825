import { expect, test } from "vitest";
import { inWords } from "../../../app/_site/writes";

const cities: Readonly<Record<string, string>> = {
  mumbai: "Mumbai",
  virginia: "Virginia",
  edge: "the world's clients",
};
const nameOf = (id: string) => cities[id] ?? id;

test("writes and sites in a sentence of the engine get the names that people know", () => {
  expect(inWords("virginia.1:7 at Virginia was written without knowing of it.", nameOf)).toBe(
    "Virginia's write 7 was written without knowing of it.",
  );
  expect(inWords("It was written after mumbai.2:15 had been seen at Virginia.", nameOf)).toBe(
    "It was written after Mumbai's write 15 had been seen at Virginia.",
  );
  expect(inWords("edge-3:12", nameOf)).toBe("Client 3's write 12");
});

test("what only looks like a write stays: a key, a position, a session that nobody knows", () => {
  for (const text of [
    'The key "mumbai.1:7" holds 2 values.',
    "log ends at 1:22",
    "alice:4",
    "lima.1:4 is kept",
    "at once",
  ])
    expect(inWords(text, nameOf)).toBe(text);
});
