const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Twelve bits as two letters. */
const pairs = Array.from(
  { length: 4096 },
  (_, bits) => alphabet.charAt(bits >> 6) + alphabet.charAt(bits & 63),
);
const notALetter = 64;
/** The value of each ASCII letter. */
const values = Uint8Array.from({ length: 128 }, (_, unit) => {
  const value = alphabet.indexOf(String.fromCharCode(unit));
  return value === -1 ? notALetter : value;
});

/** Standard base64 with padding. Pure, because the engine may touch neither `btoa` nor `Buffer`. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  const whole = bytes.length - (bytes.length % 3);
  for (let at = 0; at < whole; at += 3) {
    const word = (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2);
    text += pairOf(word >> 12) + pairOf(word & 4095);
  }
  const left = bytes.length - whole;
  if (left === 0) return text;
  const word = (byteAt(bytes, whole) << 16) | (byteAt(bytes, whole + 1) << 8);
  const last = pairOf(word & 4095).charAt(0);
  return `${text}${pairOf(word >> 12)}${left === 1 ? "==" : `${last}=`}`;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function pairOf(bits: number): string {
  return pairs[bits] ?? "";
}

/** The inverse of `encodeBase64`; null for text that is not base64. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const letters = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let [word, out] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const value = at < letters ? (values[text.charCodeAt(at)] ?? notALetter) : 0;
    if (value === notALetter) return null;
    word = (word << 6) | value;
    if (at % 4 !== 3) continue;
    // What is written past the end, where the padding was, is nowhere.
    bytes[out] = (word >> 16) & 255;
    bytes[out + 1] = (word >> 8) & 255;
    bytes[out + 2] = word & 255;
    out += 3;
  }
  return bytes;
}
