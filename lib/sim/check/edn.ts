import { err, ok, type Result } from "../../kernel/result";

/** A value of EDN. Keywords and symbols are kept as text, `:read` with its colon; a tag is dropped. */
export type Edn = null | boolean | number | string | readonly Edn[] | EdnMap;
export type EdnMap = ReadonlyMap<string, Edn>;

const deepest = 64;
/** White space, commas and comments; then one token: a bracket, a string, a character or an atom. */
const tokens = /(?:[\s,]+|;[^\n]*)*(#_|#\{|[()[\]{}]|"(?:[^"\\]|\\.)*"|#?[^\s,;()[\]{}"]+)/y;
const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "#{": "}" };

/** Reads every top-level value of a text; an error says what was expected. */
export function readEdn(text: string): Result<readonly Edn[], string> {
  const found: string[] = [];
  tokens.lastIndex = 0;
  let end = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    found.push(match[1] as string);
    end = tokens.lastIndex;
  }
  if (!/^(?:[\s,]+|;[^\n]*)*$/.test(text.slice(end))) return err(`expected EDN at character ${end}`);
  const reader = { tokens: found, at: 0 };
  const values: Edn[] = [];
  while (reader.at < found.length) {
    const value = readValue(reader, 0);
    if (!value.ok) return value;
    if (value.value !== undefined) values.push(value.value);
  }
  return ok(values);
}

type Reader = { readonly tokens: readonly string[]; at: number };

/** Undefined for a value that is to be ignored: `#_ x`. */
function readValue(reader: Reader, depth: number): Result<Edn | undefined, string> {
  const token = reader.tokens[reader.at];
  reader.at += 1;
  if (token === undefined || depth > deepest) return err("expected EDN that ends, nested at most 64 deep");
  const close = closing[token];
  if (close !== undefined) return readMembers(reader, token, close, depth);
  if (")]}".includes(token)) return err(`expected a value, not ${token}`);
  if (token === "#_") {
    const ignored = readValue(reader, depth + 1);
    return ignored.ok ? ok(undefined) : ignored;
  }
  if (token.startsWith("#")) return readValue(reader, depth + 1);
  return readAtom(token);
}

function readMembers(reader: Reader, open: string, close: string, depth: number): Result<Edn, string> {
  const members: Edn[] = [];
  while (reader.tokens[reader.at] !== close) {
    const member = readValue(reader, depth + 1);
    if (!member.ok) return member;
    if (member.value !== undefined) members.push(member.value);
  }
  reader.at += 1;
  if (open !== "{") return ok(members);
  const map = new Map<string, Edn>();
  for (let i = 0; i + 1 < members.length; i += 2) map.set(String(members[i]), members[i + 1] as Edn);
  return ok(map);
}

function readAtom(token: string): Result<Edn, string> {
  if (token === "nil") return ok(null);
  if (token === "true" || token === "false") return ok(token === "true");
  if (/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?[NM]?$/.test(token)) return ok(Number(token.replace(/[NM]$/, "")));
  if (!token.startsWith('"')) return ok(token);
  try {
    return ok(String(JSON.parse(token)));
  } catch {
    return err(`expected a string, not ${token.slice(0, 40)}`);
  }
}
