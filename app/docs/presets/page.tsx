import type { Metadata } from "next";
import { presets } from "@/lib/scenario/presets/all";
import type { Preset } from "@/lib/scenario/presets/preset";
import { Section, Title } from "../../_docs/prose";

export const metadata: Metadata = { title: "Presets" };

/** Every preset in full: what it is, its real parameters beside the classroom's, and what is left out. */
export default function PresetsPage() {
  return (
    <>
      <Title lead="Each preset is a real system as a row of axes: its parameters by their real names, the values a class uses instead, and what the miniature does not have.">
        Presets
      </Title>
      <nav aria-label="Presets" className="mt-6 flex flex-wrap gap-x-4 gap-y-1">
        {presets.map(({ name }) => (
          <a
            key={name}
            href={`#${name}`}
            className="py-1 font-mono text-[0.875rem] underline underline-offset-4"
          >
            {name}
          </a>
        ))}
      </nav>
      {presets.map((preset) => (
        <PresetSection key={preset.name} preset={preset} />
      ))}
    </>
  );
}

function PresetSection({ preset }: { readonly preset: Preset }) {
  const { name, title, paragraph, sites, realParameters, leavesOut, sources } = preset;
  return (
    <Section id={name} title={title}>
      <p>{paragraph}</p>
      <p className="text-[0.875rem] text-muted">
        <code className="font-mono">{name}</code>, made for {sites === 1 ? "one site" : `${sites} sites`}
      </p>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must be reachable by keyboard.
        tabIndex={0}
        aria-label={`Parameters of ${title}`}
        className="overflow-x-auto"
      >
        <table className="w-full min-w-[34rem] border-y border-line text-left text-[0.875rem]">
          <thead>
            <tr className="border-b border-line">
              <th className="py-2 pr-4 font-medium">Parameter</th>
              <th className="py-2 pr-4 font-medium">Real</th>
              <th className="py-2 font-medium">In class</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {realParameters.map((parameter) => (
              <tr key={parameter.name} className="align-top">
                <td className="py-1.5 pr-4 font-mono text-[0.8125rem]">{parameter.name}</td>
                <td className="py-1.5 pr-4 text-muted">{parameter.real}</td>
                <td className="py-1.5 text-muted">{parameter.classroom}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <h3 className="font-medium">What the miniature leaves out</h3>
      <ul className="list-disc space-y-1 pl-6 text-[0.9375rem] text-muted">
        {leavesOut.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <p className="text-[0.8125rem] text-muted">Read in: {sources.join("; ")}.</p>
    </Section>
  );
}
