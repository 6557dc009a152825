/** Replaces `remove` characters (UTF-16 units) at `at` by `insert`. */
export type TextEdit = { readonly at: number; readonly remove: number; readonly insert: string };

const isLow = (code: number) => code >= 0xdc00 && code <= 0xdfff;

/**
 * The one edit that turns `before` into `after`: what stands between their common beginning and
 * their common end. Never splits a surrogate pair, so that an emoji is replaced whole. Null when equal.
 */
export function editBetween(before: string, after: string): TextEdit | null {
  if (before === after) return null;
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start += 1;
  if (start > 0 && (isLow(before.charCodeAt(start)) || isLow(after.charCodeAt(start)))) start -= 1;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  if (end > 0 && isLow(before.charCodeAt(before.length - end))) end -= 1;
  return { at: start, remove: before.length - end - start, insert: after.slice(start, after.length - end) };
}

/** The text after an edit; an edit beyond the end happens at the end. */
export function applyEdit(text: string, edit: TextEdit): string {
  const at = Math.min(edit.at, text.length);
  return text.slice(0, at) + edit.insert + text.slice(at + edit.remove);
}

/** Where a caret stands after somebody else's edit. */
export function moveCaret(caret: number, edit: TextEdit): number {
  if (caret <= edit.at) return caret;
  if (caret >= edit.at + edit.remove) return caret + edit.insert.length - edit.remove;
  return edit.at + edit.insert.length;
}
