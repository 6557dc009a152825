/** Colours come round every six epochs, so the number is always printed. */
const dots = ["bg-epoch-0", "bg-epoch-1", "bg-epoch-2", "bg-epoch-3", "bg-epoch-4", "bg-epoch-5"] as const;

/** Which reign a site obeys. */
export function EpochChip({ epoch }: { readonly epoch: number }) {
  return (
    <span
      key={epoch}
      className="inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-1.5 py-0.5 font-mono text-[0.8125rem] whitespace-nowrap"
    >
      <span aria-hidden="true" className={`size-2 rounded-[2px] ${dots[epoch % dots.length] ?? dots[0]}`} />
      epoch {epoch}
    </span>
  );
}
