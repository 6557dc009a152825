/** A generator whose whole state is four integers, so that it can live in a snapshot. sfc32 (Doty-Humphrey). */
export type Random = {
  /** A uniform integer in 0..2^32-1. */
  readonly uint32: () => number;
  /** A uniform number in [0, 1). */
  readonly unit: () => number;
  /** A uniform integer in [0, below). */
  readonly below: (below: number) => number;
};

/** A generator whose sequence is a function of the four words alone. */
function sfc32(a0: number, b0: number, c0: number, d0: number): () => number {
  let a = a0 | 0;
  let b = b0 | 0;
  let c = c0 | 0;
  let d = d0 | 0;
  return () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
}

/** 32-bit hash of a string (FNV-1a with a final avalanche), used to key random streams. */
export function hash32(text: string, seed = 0): number {
  let h = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Murmur3's finaliser: every bit of the input changes about half of the output's. */
function avalanche(word: number): number {
  const a = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b ^ (b >>> 16)) | 0;
}

/**
 * Chance by name: `unit(counter, draw)` in [0, 1) is a function of seed, name, counter and draw alone.
 * Nothing is used up, so a decision that is not taken, or taken later, changes no other.
 */
export type Keyed = {
  readonly unit: (counter: number, draw: number) => number;
  /** A uniform integer in [0, below). */
  readonly below: (below: number, counter: number, draw: number) => number;
};

/** The decisions of one `name`, such as one direction of one link. */
export function keyed(seed: number, name: string): Keyed {
  const one = hash32(name, seed);
  const two = hash32(name, seed ^ 0x9e3779b9);
  const unit = (counter: number, draw: number) => {
    const once = avalanche(one ^ Math.imul(counter + 1, 0x9e3779b1));
    const twice = avalanche((once + two + Math.imul(draw + 1, 0x27d4eb2f)) | 0);
    return (twice >>> 0) / 4294967296;
  };
  return { unit, below: (below, counter, draw) => Math.floor(unit(counter, draw) * below) };
}

/**
 * A stream of its own for every `(seed, name)`: dropping one decision does not shift the others,
 * which is what makes shrinking a failing run work (checking notes, section 4.2).
 */
export function randomStream(seed: number, name: string): Random {
  const next = sfc32(hash32(name, seed), hash32(name, seed ^ 0x9e3779b9), seed, 1);
  for (let i = 0; i < 12; i += 1) next();
  const unit = () => next() / 4294967296;
  return { uint32: next, unit, below: (below) => Math.floor(unit() * below) };
}
