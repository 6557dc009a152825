import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "@/lib/kernel/base64";

test("every byte string survives base64, and the text is the one every other program writes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(decodeBase64(text)).toEqual(bytes);
    }),
  );
});

test("text that is not base64 is refused, not guessed at", () => {
  for (const text of ["abc", "ab=c", "ab!d", "a"]) expect(decodeBase64(text)).toBeNull();
});
