import { expect, test } from "vitest";
import { admitOperation } from "../../../lib/runtime/admit-operation";

const refusedAs = (value: unknown) => {
  const admitted = admitOperation(value);
  return admitted.ok || admitted.error.status === "ok" ? "admitted" : admitted.error.error;
};

test("what is well formed is admitted, with its defaults", () => {
  expect(admitOperation({ f: "increment", key: "n" })).toEqual({
    ok: true,
    value: { f: "increment", key: "n", by: 1 },
  });
});

test("keys up to 128 characters and values up to 16 KB are admitted, larger ones refused by name", () => {
  expect(refusedAs({ f: "get", key: "k".repeat(128) })).toBe("admitted");
  expect(refusedAs({ f: "get", key: "k".repeat(129) })).toBe("KEY_TOO_LONG");
  expect(refusedAs({ f: "put", key: "k", value: "v".repeat(16 * 1024 - 2) })).toBe("admitted");
  expect(refusedAs({ f: "put", key: "k", value: "v".repeat(16 * 1024) })).toBe("VALUE_TOO_LARGE");
  // Bytes count, not characters.
  expect(refusedAs({ f: "put", key: "k", value: "é".repeat(9_000) })).toBe("VALUE_TOO_LARGE");
  expect(refusedAs({ f: "insert", key: "k", at: 0, text: "v".repeat(16 * 1024 + 1) })).toBe(
    "VALUE_TOO_LARGE",
  );
});

test("half of a character is refused wherever it stands, for no wire could carry it as it is", () => {
  expect(refusedAs({ f: "put", key: "k", value: "🦊" })).toBe("admitted");
  for (const half of ["a\ud83e", "\udd8a"]) {
    expect(refusedAs({ f: "put", key: half, value: 1 })).toBe("BAD_OPERATION");
    expect(refusedAs({ f: "put", key: "k", value: [{ [half]: 1 }] })).toBe("BAD_OPERATION");
    expect(refusedAs({ f: "patch", key: "k", field: half, value: 1 })).toBe("BAD_OPERATION");
    expect(refusedAs({ f: "insert", key: "k", at: 0, text: half })).toBe("BAD_OPERATION");
  }
});

test("nonsense is refused in a sentence that names the place", () => {
  for (const nonsense of [null, 7, "put x", {}, { f: "drop-table", key: "k" }, { f: "put", key: "" }]) {
    expect(refusedAs(nonsense)).toBe("BAD_OPERATION");
  }
  const refused = admitOperation({ f: "erase", key: "k", at: -1, length: 2 });
  expect(refused).toMatchObject({
    ok: false,
    error: { status: "fail", why: expect.stringMatching(/^at: /) },
  });
});
