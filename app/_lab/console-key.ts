/**
 * The console's key: in the fragment of the link the teacher was given, which no request carries, and
 * then in this tab's session storage, so that moving about the page keeps it.
 */
export function consoleKey(code: string): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given !== null && given !== "") {
    sessionStorage.setItem(slot(code), given);
    return given;
  }
  return sessionStorage.getItem(slot(code));
}

const slot = (code: string) => `faultline:key:${code}`;
