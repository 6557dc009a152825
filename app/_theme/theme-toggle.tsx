"use client";
import { Moon, Sun } from "lucide-react";
import { rememberTheme, themeCookie } from "./theme";

/** Changes the page between light and dark and remembers it. Both icons exist; CSS shows the right one. */
export function ThemeToggle() {
  function toggle(): void {
    const root = document.documentElement;
    const dark =
      root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const next = dark === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    rememberTheme(themeCookie, next);
  }
  return (
    <button
      type="button"
      onClick={toggle}
      aria-label="Switch between light and dark"
      className="inline-flex size-9 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text"
    >
      <Sun aria-hidden className="hidden size-4.5 dark:block" />
      <Moon aria-hidden className="size-4.5 dark:hidden" />
    </button>
  );
}
