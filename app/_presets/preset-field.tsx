import type { Mode } from "@/lib/protocol/cluster";
import { presets } from "@/lib/scenario/presets/all";
import { SelectField } from "../_kit/field";

/** Presets by who may write, as menus group them. */
const families: readonly { readonly label: string; readonly modes: readonly Mode[] }[] = [
  { label: "One primary", modes: ["active-passive"] },
  { label: "Consensus: a majority agrees on every write", modes: ["consensus"] },
  { label: "Every site takes writes", modes: ["active-active"] },
  { label: "Quorums: some of the sites answer for a key", modes: ["quorum"] },
  { label: "No replica", modes: ["single"] },
];

const groups = families.map(({ label, modes }) => ({
  label,
  options: presets
    .filter(({ cluster }) => modes.includes(cluster.mode))
    .map(({ name, title }) => ({ value: name, text: title })),
}));

/** Chooses a preset and tells what it is; an empty name is none, told by `placeholder`. */
export function PresetField({
  label,
  name,
  placeholder,
  onChange,
}: {
  readonly label: string;
  readonly name: string;
  readonly placeholder?: string;
  readonly onChange: (name: string) => void;
}) {
  return (
    <SelectField
      label={label}
      className="flex-1"
      value={name}
      options={placeholder === undefined ? [] : [{ value: "", text: placeholder }]}
      groups={groups}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** The preset in a paragraph, and where to read on. */
export function PresetWords({ name }: { readonly name: string }) {
  const preset = presets.find((each) => each.name === name);
  if (preset === undefined) return null;
  return (
    <>
      <p className="mt-2 text-[0.875rem] text-muted">{preset.paragraph}</p>
      <p className="mt-1 text-[0.875rem]">
        <a
          className="underline underline-offset-4"
          href={`/docs/presets#${name}`}
          target="_blank"
          rel="noopener"
        >
          Its real parameters, and what is left out
        </a>
      </p>
    </>
  );
}
