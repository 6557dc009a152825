/** The product's name with its mark, a link home. */
export function Wordmark({ className = "text-base" }: { readonly className?: string }) {
  return (
    <a
      href="/"
      className={`inline-flex items-center gap-2 rounded font-semibold tracking-[-0.02em] ${className}`}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true" className="size-[1.35em]">
        <path d="M6.2 3 11 5.8v6.4L8.9 14l1.4 2.2-1.2 3.5L2 15.5V6z" className="fill-primary" />
        <path d="M14 4.6 22 9v7.4L14 21l-1.8-1 1.5-3.9-1.6-2.3 1.9-1.7z" className="fill-replica" />
      </svg>
      Faultline
    </a>
  );
}
