import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from "react";
import { cx } from "./cx";

const box =
  "min-h-10 w-full min-w-0 rounded-lg border border-outline bg-surface px-3 text-text placeholder:text-muted";

/** A visible label above its control and a hint below, tied to it by ids so that neither swallows the other. */
function Labelled({
  id,
  label,
  hint,
  children,
  className,
}: {
  readonly id: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly children: ReactNode;
  readonly className: string | undefined;
}) {
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="text-[0.8125rem] font-medium text-muted">
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

type TextProps = InputHTMLAttributes<HTMLInputElement> & {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly mono?: boolean;
};

/** One line of text or a number. */
export function TextField({ label, hint, mono = false, className, ...rest }: TextProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} className={className}>
      <input
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        {...rest}
        className={cx(box, mono && "font-mono text-[0.875rem]")}
      />
    </Labelled>
  );
}

type Option = { readonly value: string; readonly text: string };
type SelectProps = SelectHTMLAttributes<HTMLSelectElement> & {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly options: readonly Option[];
  /** More of them, under headings. */
  readonly groups?: readonly { readonly label: string; readonly options: readonly Option[] }[];
};

/** One of a short list, by the browser's own control: it works on every phone. */
export function SelectField({ label, hint, options, groups = [], className, ...rest }: SelectProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} className={className}>
      <select
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...rest}
        className={cx(box, "pr-8")}
      >
        <Options options={options} />
        {groups.map((group) => (
          <optgroup key={group.label} label={group.label}>
            <Options options={group.options} />
          </optgroup>
        ))}
      </select>
    </Labelled>
  );
}

function Options({ options }: { readonly options: readonly Option[] }) {
  return options.map(({ value, text }) => (
    <option key={value} value={value}>
      {text}
    </option>
  ));
}
