import type { ButtonHTMLAttributes } from "react";
import { cx } from "./cx";

const tones = {
  /** The one thing this form is for. */
  main: "bg-accent text-accent-ink border-transparent hover:opacity-90",
  plain: "bg-surface text-text border-outline hover:bg-sunken",
  /** Destroys something on purpose: heavy, but not red, which is kept for wrong data. */
  strong: "bg-text text-canvas border-transparent hover:opacity-90",
  quiet: "border-transparent text-muted hover:bg-sunken hover:text-text",
} as const;
const sizes = {
  small: "min-h-8 px-2.5 text-[0.8125rem] rounded-md",
  normal: "min-h-10 px-3.5 rounded-lg",
  large: "min-h-13 px-5 text-base rounded-xl",
} as const;

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  readonly tone?: keyof typeof tones;
  readonly size?: keyof typeof sizes;
};

/** Classes of a button, for links that look like one. */
export function buttonClass(tone: keyof typeof tones, size: keyof typeof sizes): string {
  return cx(
    "inline-flex items-center justify-center gap-2 border font-medium transition-colors duration-150",
    "disabled:cursor-not-allowed disabled:opacity-50",
    tones[tone],
    sizes[size],
  );
}

/** A button; `type` is "button" unless it submits a form. */
export function Button({ tone = "plain", size = "normal", className, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={cx(buttonClass(tone, size), className)} />;
}
