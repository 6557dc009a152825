import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

const looks = {
  info: { icon: Info, border: "border-l-accent", mark: "text-accent" },
  warn: { icon: TriangleAlert, border: "border-l-suspect", mark: "text-suspect" },
  /** Wrong data, and only that. */
  wrong: { icon: CircleAlert, border: "border-l-diverged", mark: "text-diverged" },
} as const;

/** Something a person should know now, said in words. */
export function Notice({
  look = "info",
  title,
  children,
}: {
  readonly look?: keyof typeof looks;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  const { icon: Icon, border, mark } = looks[look];
  return (
    <div
      className={cx(
        "flex gap-3 rounded-lg border border-l-4 border-line bg-surface px-3.5 py-2.5 text-[0.9375rem]",
        border,
      )}
    >
      <Icon aria-hidden className={cx("mt-0.5 size-5 shrink-0", mark)} />
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        {children !== undefined && <div className="text-muted">{children}</div>}
      </div>
    </div>
  );
}
