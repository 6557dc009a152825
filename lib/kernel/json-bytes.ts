/**
 * How many bytes the JSON of a value takes in UTF-8, without making it: `JSON.stringify` and an encoder
 * take twice as long, and every write is measured at every site. Undefined members are left out.
 */
export function jsonBytes(value: unknown): number {
  if (typeof value === "string") return stringBytes(value);
  if (typeof value === "number") return numberBytes(value);
  if (value === null || value === undefined) return 4;
  if (typeof value !== "object") return value === true ? 4 : 5;
  let bytes = 1;
  // Each part brings a comma or, the last one, the closing bracket.
  if (Array.isArray(value)) for (const part of value) bytes += jsonBytes(part) + 1;
  else
    for (const name in value) {
      const member: unknown = value[name as keyof typeof value];
      if (member !== undefined) bytes += stringBytes(name) + jsonBytes(member) + 2;
    }
  return Math.max(2, bytes);
}

function numberBytes(value: number): number {
  if (!Number.isFinite(value)) return 4;
  if (!Number.isSafeInteger(value) || value < 0) return String(value).length;
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) digits += 1;
  return digits;
}

function stringBytes(text: string): number {
  let bytes = text.length + 2;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20) bytes += hasShortEscape(unit) ? 1 : 5;
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
    else if (unit >= 0x800) bytes += isSurrogate(unit) ? surrogateBytes(text, i) - 1 : 2;
    else if (unit >= 0x80) bytes += 1;
  }
  return bytes;
}

/** `\b \t \n \f \r`; the other control characters are written as six. */
function hasShortEscape(unit: number): boolean {
  return unit >= 0x08 && unit <= 0x0d && unit !== 0x0b;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Two that belong together are one character of four bytes; one alone is escaped, which takes six. */
function surrogateBytes(text: string, at: number): number {
  const isPair = (high: number, low: number) =>
    high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
  const unit = text.charCodeAt(at);
  const isHalf = isPair(unit, text.charCodeAt(at + 1)) || isPair(text.charCodeAt(at - 1), unit);
  return isHalf ? 2 : 6;
}
