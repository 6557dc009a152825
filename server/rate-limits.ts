import { RateLimiterMemory } from "rate-limiter-flexible";

/**
 * What one address may do. A whole class sits behind one address, so joining is generous; guessing
 * is not, for only wrong codes, secrets and keys are counted.
 */
export type RateLimits = {
  readonly mayCreate: (address: string) => Promise<boolean>;
  readonly mayClaim: (address: string) => Promise<boolean>;
  /** False once this address has been wrong too often in the last minute. */
  readonly mayGuess: (address: string) => Promise<boolean>;
  /** Counts a wrong code, secret or key. */
  readonly wrong: (address: string) => Promise<void>;
};

const claimsPerMinute = 600;
const wrongPerMinute = 60;

/** Limits kept in memory: they start afresh with the process. */
export function createRateLimits(labsPerHour: number): RateLimits {
  const creations = new RateLimiterMemory({ points: labsPerHour, duration: 3600 });
  const claims = new RateLimiterMemory({ points: claimsPerMinute, duration: 60 });
  const guesses = new RateLimiterMemory({ points: wrongPerMinute, duration: 60 });
  return {
    mayCreate: (address) => take(creations, address),
    mayClaim: (address) => take(claims, address),
    async mayGuess(address) {
      const found = await guesses.get(address);
      return found === null || found.consumedPoints < wrongPerMinute;
    },
    async wrong(address) {
      await take(guesses, address);
    },
  };
}

function take(limiter: RateLimiterMemory, address: string): Promise<boolean> {
  return limiter.consume(address).then(
    () => true,
    () => false,
  );
}
