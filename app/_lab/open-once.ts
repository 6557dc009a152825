/**
 * Gives a page the one thing it is about (its seat, its lab) however often React mounts the page: these
 * hold sockets and a site's process, and live until the page itself goes away.
 */
export function openOnce<T>(open: (code: string) => T): (code: string) => T {
  let opened: { readonly code: string; readonly value: T } | null = null;
  return (code) => {
    if (opened?.code !== code) opened = { code, value: open(code) };
    return opened.value;
  };
}
