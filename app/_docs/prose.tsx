import type { ReactNode } from "react";

/** A docs page's title and its first sentence. */
export function Title({ children, lead }: { readonly children: string; readonly lead: string }) {
  return (
    <>
      <h1 className="mt-8 text-4xl font-semibold tracking-[-0.03em]">{children}</h1>
      <p className="mt-3 text-lg text-pretty text-muted">{lead}</p>
    </>
  );
}

/** A part of a docs page that a link can point at. */
export function Section({
  id,
  title,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <section aria-labelledby={id} className="mt-10">
      <h2 id={id} className="scroll-mt-6 text-2xl font-semibold tracking-[-0.02em]">
        {title}
      </h2>
      <div className="mt-3 space-y-3 text-[1rem] leading-relaxed">{children}</div>
    </section>
  );
}

/** A listing that scrolls sideways rather than breaking. */
export function Code({ label, children }: { readonly label: string; readonly children: string }) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling listing must be reachable by keyboard.
      tabIndex={0}
      aria-label={label}
      className="overflow-x-auto rounded-lg border border-line bg-sunken p-4"
    >
      <pre className="font-mono text-[0.8125rem] leading-relaxed">{children}</pre>
    </section>
  );
}

/** Words and what they mean. */
export function Terms({
  terms,
}: {
  readonly terms: readonly { readonly term: ReactNode; readonly text: string }[];
}) {
  return (
    <dl className="divide-y divide-line border-y border-line">
      {terms.map(({ term, text }) => (
        <div key={text} className="grid gap-x-6 py-2 sm:grid-cols-[11rem_minmax(0,1fr)]">
          <dt className="font-medium">{term}</dt>
          <dd className="text-muted">{text}</dd>
        </div>
      ))}
    </dl>
  );
}
