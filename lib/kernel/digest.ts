/** A running 128-bit digest of text; not cryptographic, used to compare runs and states for equality. */
export type Digest = { readonly update: (text: string) => void; readonly hex: () => string };

/** Starts an empty digest. Four independent multiplicative lanes over UTF-16 code units. */
export function createDigest(): Digest {
  const multipliers = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1] as const;
  const lanes: [number, number, number, number] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  let length = 0;
  return {
    update(text) {
      length += text.length;
      for (let i = 0; i < text.length; i += 1) {
        const unit = text.charCodeAt(i);
        for (let lane = 0; lane < 4; lane += 1) {
          const mixed = Math.imul((lanes[lane] as number) ^ unit, multipliers[lane] as number);
          lanes[lane] = (mixed ^ (mixed >>> 15)) | 0;
        }
      }
    },
    hex: () => lanes.map((lane, i) => finish(lane, length + i)).join(""),
  };
}

/** The digest of one text. */
export function digestOf(text: string): string {
  const digest = createDigest();
  digest.update(text);
  return digest.hex();
}

function finish(lane: number, salt: number): string {
  let h = lane ^ salt;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, "0");
}
