/** A running 128-bit digest of text; not cryptographic, used to compare runs and states for equality. */
export type Digest = {
  readonly update: (text: string) => void;
  readonly lanes: () => Lanes;
  readonly hex: () => string;
};

/** A digest as four unsigned numbers of 32 bits. */
export type Lanes = readonly [number, number, number, number];

/** Starts an empty digest. Four independent multiplicative lanes over UTF-16 code units. */
export function createDigest(): Digest {
  let a = 0x243f6a88;
  let b = 0x85a308d3;
  let c = 0x13198a2e;
  let d = 0x03707344;
  let length = 0;
  const lanes = (): Lanes => [
    finish(a, length),
    finish(b, length + 1),
    finish(c, length + 2),
    finish(d, length + 3),
  ];
  return {
    // Written out lane by lane: this runs for every character of every trace.
    update(text) {
      length += text.length;
      for (let i = 0; i < text.length; i += 1) {
        const unit = text.charCodeAt(i);
        a = mix(a, unit, 0x85ebca6b);
        b = mix(b, unit, 0xc2b2ae35);
        c = mix(c, unit, 0x27d4eb2f);
        d = mix(d, unit, 0x165667b1);
      }
    },
    lanes,
    hex: () => hexOf(lanes()),
  };
}

function mix(lane: number, unit: number, multiplier: number): number {
  const mixed = Math.imul(lane ^ unit, multiplier);
  return (mixed ^ (mixed >>> 15)) | 0;
}

/** The digest of one text. */
export function digestOf(text: string): string {
  return hexOf(lanesOf(text));
}

/** The digest of one text, as numbers. */
export function lanesOf(text: string): Lanes {
  const digest = createDigest();
  digest.update(text);
  return digest.lanes();
}

/** Lanes as text, eight digits each. */
export function hexOf(lanes: readonly number[]): string {
  return lanes.map((lane) => lane.toString(16).padStart(8, "0")).join("");
}

function finish(lane: number, salt: number): number {
  let h = lane ^ salt;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
