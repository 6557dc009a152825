import { useId } from "react";
import { cx } from "./cx";

/** One of a few, all visible: a radio group drawn as one strip. */
export function Choice<T extends string>({
  label,
  options,
  value,
  onChange,
  hideLabel = false,
}: {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly hideLabel?: boolean;
}) {
  const name = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: each city is exactly one `group`, so choices are not.
    <fieldset role="radiogroup" className="min-w-0">
      <legend className={cx("mb-1 text-[0.8125rem] font-medium text-muted", hideLabel && "sr-only")}>
        {label}
      </legend>
      <div className="inline-flex max-w-full flex-wrap gap-0.5 rounded-lg border border-outline bg-surface p-0.5">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              "relative inline-flex min-h-8 items-center rounded-md px-2.5 text-[0.875rem]",
              "has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              option.value === value ? "bg-text text-canvas" : "text-muted hover:text-text",
            )}
          >
            <input
              type="radio"
              name={name}
              className="absolute inset-0 opacity-0"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
