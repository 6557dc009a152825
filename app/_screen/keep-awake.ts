/**
 * Asks the browser not to let the display sleep, as long as the page is visible. On plain http there
 * is no wake lock; then nothing happens. Returns how to stop.
 */
export function keepAwake(): () => void {
  if (!("wakeLock" in navigator)) return () => undefined;
  let stopped = false;
  let release: (() => void) | undefined;
  async function acquire(): Promise<void> {
    if (stopped || document.hidden) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      release = () => void lock.release();
      if (stopped) release();
    } catch {
      // Refused, for instance on low battery: the page works without.
    }
  }
  const again = () => void acquire();
  document.addEventListener("visibilitychange", again);
  again();
  return () => {
    stopped = true;
    document.removeEventListener("visibilitychange", again);
    release?.();
  };
}
