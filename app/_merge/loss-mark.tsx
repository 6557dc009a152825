/** The shape of wrong data, beside the words that tell of a loss nobody decided. */
export function LossMark({ className = "size-3.5" }: { readonly className?: string }) {
  return (
    <svg viewBox="-6 -6 12 12" aria-hidden="true" className={className}>
      <path d="M0-6 6 0 0 6-6 0Z" className="fill-diverged" />
    </svg>
  );
}
