/** A rate limit that allows bursts. */
export type TokenBucket = {
  /** Takes `tokens` if there are as many; false leaves the bucket as it is. */
  readonly take: (tokens?: number) => boolean;
};

/** A full bucket of `burst` tokens that refills at `perSec`. `now` gives monotonic ms. */
export function createTokenBucket(options: {
  readonly perSec: number;
  readonly burst: number;
  readonly now: () => number;
}): TokenBucket {
  let tokens = options.burst;
  let filledAt = options.now();
  return {
    take(wanted = 1) {
      const now = options.now();
      tokens = Math.min(options.burst, tokens + ((now - filledAt) * options.perSec) / 1000);
      filledAt = now;
      if (tokens < wanted) return false;
      tokens -= wanted;
      return true;
    },
  };
}
