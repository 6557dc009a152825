import { ThemeToggle } from "../_theme/theme-toggle";
import { Wordmark } from "./wordmark";

/**
 * The strip on top of every working page: where am I, and the way to the docs. Links are full page loads,
 * never moves inside the app: leaving a seat's page must end its site as closing the tab does.
 */
export function PageHeader({
  title,
  code,
  pod,
}: {
  readonly title: string;
  readonly code: string;
  /** Which pod this page is in, where it is in one. */
  readonly pod?: string;
}) {
  return (
    <header className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 py-2">
      <Wordmark />
      <p className="flex min-w-0 items-baseline gap-2 text-[0.875rem] text-muted">
        {title !== "" && <span className="max-w-56 truncate max-sm:hidden">{title}</span>}
        <span>
          Lab <span className="font-mono font-medium tracking-wider text-text">{code}</span>
          {pod !== undefined && <span className="max-sm:sr-only">, {pod}</span>}
        </span>
      </p>
      <div className="ml-auto flex items-center gap-1">
        <a
          href="/docs"
          target="_blank"
          rel="noreferrer"
          className="rounded-lg px-2.5 py-1.5 text-[0.875rem] text-muted hover:text-text"
        >
          Docs
        </a>
        <ThemeToggle />
      </div>
    </header>
  );
}
