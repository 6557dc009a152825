const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values = new Map([...alphabet].map((letter, index) => [letter.charCodeAt(0), index]));

/** Standard base64 with padding. Pure, because the engine may touch neither `btoa` nor `Buffer`. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const a = bytes[at] ?? 0;
    const b = bytes[at + 1];
    const c = bytes[at + 2];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    parts.push(
      alphabet.charAt(word >> 18) +
        alphabet.charAt((word >> 12) & 63) +
        (b === undefined ? "=" : alphabet.charAt((word >> 6) & 63)) +
        (c === undefined ? "=" : alphabet.charAt(word & 63)),
    );
  }
  return parts.join("");
}

/** The inverse of `encodeBase64`; null for text that is not base64. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let out = 0;
  for (let at = 0; at < text.length; at += 4) {
    let word = 0;
    for (let i = 0; i < 4; i += 1) {
      const isPadding = at + i >= text.length - padding;
      const value = isPadding ? 0 : values.get(text.charCodeAt(at + i));
      if (value === undefined) return null;
      word = (word << 6) | value;
    }
    if (out < bytes.length) bytes[out++] = (word >> 16) & 255;
    if (out < bytes.length) bytes[out++] = (word >> 8) & 255;
    if (out < bytes.length) bytes[out++] = word & 255;
  }
  return bytes;
}
