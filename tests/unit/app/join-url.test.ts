import { expect, test } from "vitest";
import { codeProblem, isLoopback, originOf, tidyCode } from "@/app/_join/join-url";

test("a code may be typed in lower case, with spaces, or as the whole address", () => {
  expect(tidyCode(" k7q 4mx ")).toBe("K7Q4MX");
  expect(tidyCode("k7q-4mx")).toBe("K7Q4MX");
  expect(tidyCode("http://192.168.1.20:3000/lab/K7Q4MX#seat=abc")).toBe("K7Q4MX");
});

test("what cannot be a code is told why", () => {
  expect(codeProblem("K7Q4MX")).toBeNull();
  expect(codeProblem("")).toMatch(/six characters/);
  expect(codeProblem("K7Q4M")).toMatch(/this has 5/);
  expect(codeProblem("K7Q4M0")).toMatch(/never hold 0/);
});

test("only http and https addresses become a QR code", () => {
  expect(originOf("http://192.168.1.20:3000/lab/X")).toBe("http://192.168.1.20:3000");
  expect(originOf("javascript:alert(1)")).toBeNull();
  expect(originOf("nonsense")).toBeNull();
  expect(originOf(null)).toBeNull();
});

test("addresses that mean this machine everywhere are known as such", () => {
  expect(isLoopback("http://localhost:3000")).toBe(true);
  expect(isLoopback("http://127.0.0.1")).toBe(true);
  expect(isLoopback("http://192.168.1.20")).toBe(false);
});
