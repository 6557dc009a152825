import type { ReactNode } from "react";
import { Wordmark } from "../_kit/wordmark";
import { ThemeToggle } from "../_theme/theme-toggle";

const pages = [
  { href: "/docs", text: "The lab" },
  { href: "/docs/presets", text: "Presets" },
  { href: "/docs/merging", text: "Merging" },
  { href: "/docs/scripting", text: "Scripting" },
  { href: "/docs/privacy", text: "Privacy and browsers" },
] as const;

/** The frame of the docs: five pages, one column of text. */
export default function DocsLayout({ children }: { readonly children: ReactNode }) {
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pb-20 sm:px-6">
      <header className="flex min-h-16 flex-wrap items-center gap-x-5 gap-y-1">
        <Wordmark />
        <nav aria-label="Docs" className="flex flex-wrap gap-x-4 max-sm:order-last max-sm:w-full">
          {pages.map(({ href, text }) => (
            <a
              key={href}
              href={href}
              className="py-1 text-muted underline-offset-4 hover:text-text hover:underline"
            >
              {text}
            </a>
          ))}
        </nav>
        <div className="ml-auto">
          <ThemeToggle />
        </div>
      </header>
      <main>{children}</main>
    </div>
  );
}
