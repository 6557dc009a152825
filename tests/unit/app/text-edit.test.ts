import fc from "fast-check";
import { expect, test } from "vitest";
import { applyEdit, editBetween, moveCaret } from "@/app/_page/text-edit";

const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "é", "🙂", "🙃"), maxLength: 30 });

/** True when the text holds no half of a surrogate pair. */
function isWhole(value: string): boolean {
  return [...value].every((character) => character.length === 2 || !/[\ud800-\udfff]/.test(character));
}

test("the edit between two texts turns the one into the other", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const edit = editBetween(before, after);
      expect(edit === null ? before : applyEdit(before, edit)).toBe(after);
      expect(edit === null).toBe(before === after);
    }),
  );
});

test("an edit never splits an emoji, neither what it takes nor what it puts", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const edit = editBetween(before, after);
      if (edit === null) return;
      expect(isWhole(edit.insert)).toBe(true);
      expect(isWhole(before.slice(edit.at, edit.at + edit.remove))).toBe(true);
    }),
  );
});

test("a caret outside of an edit stays at the same place of the text", () => {
  fc.assert(
    fc.property(text, text, text, text, (head, removed, inserted, tail) => {
      const edit = { at: head.length, remove: removed.length, insert: inserted };
      const after = applyEdit(head + removed + tail, edit);
      for (let caret = 0; caret <= head.length; caret += 1) expect(moveCaret(caret, edit)).toBe(caret);
      for (let fromEnd = 0; fromEnd < tail.length; fromEnd += 1) {
        const caret = head.length + removed.length + tail.length - fromEnd;
        expect(after.length - moveCaret(caret, edit)).toBe(fromEnd);
      }
    }),
  );
});
