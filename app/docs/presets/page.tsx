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

/** On a phone a row is two lines: the parameter, and below it the real value beside the classroom's. */
const row = "max-sm:grid max-sm:grid-cols-2 max-sm:gap-x-4";
const wide = "sm:pr-4 max-sm:col-span-2 max-sm:pb-0";

function PresetSection({ preset }: { readonly preset: Preset }) {
  const { name, title, paragraph, sites, realParameters, leavesOut, sources } = preset;
  return (
    <Section id={name} title={title}>
      <p>{paragraph}</p>
      <p className="text-[0.875rem] text-muted">
        <code className="font-mono">{name}</code>, made for {sites === 1 ? "one site" : `${sites} sites`}
      </p>
      <table
        aria-label={`Parameters of ${title}`}
        className="w-full border-y border-line text-left text-[0.875rem] wrap-anywhere max-sm:block"
      >
        <thead className="max-sm:block">
          <tr className={`border-b border-line ${row}`}>
            <th className={`py-2 font-medium ${wide}`}>Parameter</th>
            <th className="py-2 font-medium sm:pr-4">Real</th>
            <th className="py-2 font-medium">In class</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-sm:block">
          {realParameters.map((parameter) => (
            <tr key={parameter.name} className={`align-top ${row}`}>
              <td className={`py-1.5 font-mono text-[0.8125rem] ${wide}`}>{parameter.name}</td>
              <td className="py-1.5 text-muted sm:pr-4">{parameter.real}</td>
              <td className="py-1.5 text-muted">{parameter.classroom}</td>
            </tr>
          ))}
        </tbody>
      </table>
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
