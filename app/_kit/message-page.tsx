import type { ReactNode } from "react";

/** A whole page that says one thing and what to do next. */
export function MessagePage({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-xl flex-col justify-center px-5 py-16">
      <h1 className="text-3xl font-semibold tracking-[-0.02em] text-balance">{title}</h1>
      <div className="mt-3 space-y-3 text-base text-muted">{children}</div>
      {actions !== undefined && <div className="mt-7 flex flex-wrap gap-3">{actions}</div>}
    </main>
  );
}
