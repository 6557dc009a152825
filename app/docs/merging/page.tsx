import type { Metadata } from "next";
import { type Meeting, meetings } from "@/lib/merge/types-under-rules";
import type { Cluster } from "@/lib/protocol/cluster";
import type { DataType } from "@/lib/protocol/site/replicated-op";
import { Section, Terms, Title } from "../../_docs/prose";
import { ruleCopy } from "../../_merge/rules";

export const metadata: Metadata = { title: "Merging" };

const rules = Object.keys(meetings) as Cluster["merge"][];

const types: readonly { readonly type: DataType; readonly term: string; readonly text: string }[] = [
  { type: "register", term: "Register", text: "One value, written whole by put, delete and cas." },
  { type: "counter", term: "Counter", text: "A number that increments add to and reserves take from." },
  { type: "set", term: "Set", text: "Elements, added and removed one by one." },
  { type: "record", term: "Record", text: "Named fields, patched one by one." },
  { type: "text", term: "Text", text: "Letters, inserted and erased at a place." },
];

const meanings: readonly { readonly term: Meeting; readonly text: string }[] = [
  {
    term: "both count",
    text: "The parts are merged: two increments add up, both elements, fields and insertions are there.",
  },
  {
    term: "one is kept",
    text: "Nobody decided it: a clock, or the higher number, did. A counter is read, changed and written whole here, so the increment that loses is gone, and the same goes for elements, fields and letters.",
  },
  {
    term: "side by side",
    text: "Both values are kept, whole, until somebody settles them on the seat. The application's rules may do it instead, by the key and the field: sums, unions, the greater, the latest.",
  },
  {
    term: "one is shown",
    text: "The branch of more edits is shown. The other is kept out of sight, comes back if that is deleted, and can be settled on the seat.",
  },
  {
    term: "one is refused",
    text: "A majority puts the two into one order, and the second is told so. Nothing is ever merged.",
  },
];

/** What becomes of two concurrent writes: every type of data under every merge rule. */
export default function MergingPage() {
  return (
    <>
      <Title lead="Two sites change one key at once, and neither has seen the other's write. What does the key hold when both have heard of each other?">
        Merging
      </Title>
      <Section id="table" title="Every type under every rule">
        <MeetingTable />
        <p className="text-[0.875rem] text-muted">
          Each cell is run by the lab's own tests. With "each field has its own stamp" the last-write-wins
          rules keep both patches of a record.
        </p>
      </Section>
      <Section id="meanings" title="What the cells mean">
        <Terms terms={meanings} />
      </Section>
      <Section id="types" title="The types">
        <Terms terms={types.map(({ term, text }) => ({ term, text }))} />
      </Section>
      <Section id="rules" title="The rules">
        <Terms terms={rules.map((rule) => ({ term: ruleCopy[rule].name, text: ruleCopy[rule].how }))} />
        <p>
          One history can hold three siblings and a single loss under last write wins. A loss is counted where
          the winner's <em>site</em> had never heard of the write; siblings stay where the writer's{" "}
          <em>session</em> had not read it, though its site may have held it.
        </p>
      </Section>
    </>
  );
}

function MeetingTable() {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label="Types under merge rules"
      className="overflow-x-auto"
    >
      <table className="w-full min-w-[42rem] border-y border-line text-left text-[0.875rem]">
        <thead>
          <tr className="border-b border-line">
            <th className="py-2 pr-4 font-medium">Rule</th>
            {types.map(({ type, term }) => (
              <th key={type} className="py-2 pr-4 font-medium">
                {term}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rules.map((rule) => (
            <tr key={rule} className="align-top">
              <th scope="row" className="py-1.5 pr-4 font-normal">
                {ruleCopy[rule].name}
              </th>
              {types.map(({ type }) => (
                <td
                  key={type}
                  className={
                    meetings[rule][type] === "one is kept"
                      ? "py-1.5 pr-4 whitespace-nowrap text-diverged"
                      : "py-1.5 pr-4 whitespace-nowrap text-muted"
                  }
                >
                  {meetings[rule][type]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
