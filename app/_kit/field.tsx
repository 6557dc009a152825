import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from "react";
import { cx } from "./cx";

const box =
  "min-h-10 w-full min-w-0 rounded-lg border border-outline bg-surface px-3 text-text placeholder:text-muted";

/** A visible label above whatever it names. */
export function Labelled({
  label,
  hint,
  children,
  className,
}: {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is always the child.
    <label className={cx("flex min-w-0 flex-col gap-1", className)}>
      <span className="text-[0.8125rem] font-medium text-muted">{label}</span>
      {children}
      {hint !== undefined && <span className="text-[0.8125rem] text-muted">{hint}</span>}
    </label>
  );
}

type TextProps = InputHTMLAttributes<HTMLInputElement> & {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly mono?: boolean;
};

/** One line of text or a number. */
export function TextField({ label, hint, mono = false, className, ...rest }: TextProps) {
  return (
    <Labelled label={label} hint={hint} className={className}>
      <input
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        {...rest}
        className={cx(box, mono && "font-mono text-[0.875rem]")}
      />
    </Labelled>
  );
}

type SelectProps = SelectHTMLAttributes<HTMLSelectElement> & {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly options: readonly { readonly value: string; readonly text: string }[];
};

/** One of a short list, by the browser's own control: it works on every phone. */
export function SelectField({ label, hint, options, className, ...rest }: SelectProps) {
  return (
    <Labelled label={label} hint={hint} className={className}>
      <select {...rest} className={cx(box, "pr-8")}>
        {options.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
