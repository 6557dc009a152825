/** Thrown when the code itself is wrong. Never caught to continue; expected failures are `Result`s. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** States what must be true here; a false condition is a bug in this project, never bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Unwraps a value that the surrounding code has made certain exists. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new AssertionError(message);
  return value;
}

/** Closes an exhaustive switch: adding a variant without handling it fails to compile. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
