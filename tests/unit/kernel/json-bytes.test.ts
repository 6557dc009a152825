import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonBytes } from "@/lib/kernel/json-bytes";

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test("a value is as many bytes as its JSON, whatever is in it", () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom("a", '"', "\\", "\n", "\u0001", "é", "€", "😀", "\ud800", "\udc00")),
  });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.double(),
      fc.integer(),
      fc.maxSafeNat(),
      fc.boolean(),
      fc.constant(null),
      tie("list"),
      tie("record"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    record: fc.dictionary(text, fc.option(tie("value"), { nil: undefined }), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(value, (each) => {
      expect(jsonBytes(each)).toBe(bytesOf(each));
    }),
    { numRuns: 1000 },
  );
});
