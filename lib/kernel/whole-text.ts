/**
 * True where no text in a value, names included, holds half of a character (a lone surrogate). JavaScript
 * and JSON can carry such a half and UTF-8 cannot: it would be another text at the next site.
 */
export function isWholeText(value: unknown): boolean {
  if (typeof value === "string") return !/\p{Surrogate}/u.test(value);
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) return value.every(isWholeText);
  return Object.entries(value).every(([name, member]) => isWholeText(name) && isWholeText(member));
}

/** The text with a replacement character for each half, as an encoder to UTF-8 makes it. */
export function madeWhole(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
