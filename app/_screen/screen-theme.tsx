"use client";
import { type ReactNode, useEffect, useState } from "react";
import { rememberTheme, type ScreenTheme, screenThemeCookie } from "../_theme/theme";

/** White for lit rooms, dark for dark ones; the key T changes it. There is no button on the screen. */
export function ThemedScreen({
  start,
  children,
}: {
  readonly start: ScreenTheme;
  readonly children: ReactNode;
}) {
  const [theme, setTheme] = useState(start);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key.toLowerCase() !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
      const next = theme === "projector" ? "projector-dark" : "projector";
      rememberTheme(screenThemeCookie, next);
      setTheme(next);
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [theme]);
  return (
    <div data-theme={theme} className="min-h-dvh bg-canvas text-text">
      {children}
    </div>
  );
}
