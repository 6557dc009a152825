import type { Metadata } from "next";
import { presets } from "@/lib/scenario/presets/all";
import { Section, Terms, Title } from "../_docs/prose";
import { SiteIcon } from "../_site/site-mark";
import { type SiteState, stateWords } from "../_site/site-state";

export const metadata: Metadata = { title: "The lab" };

const shapes: readonly SiteState[] = [
  "primary",
  "replica",
  "syncing",
  "suspect",
  "partitioned",
  "diverged",
  "dead",
  "empty",
];

const words = [
  { term: "Lab", text: "One class, with a code of six characters." },
  { term: "Pod", text: "1 to 12 data centres that replicate with each other under one configuration." },
  {
    term: "Site, seat",
    text: "A site is one data centre, named by a city. The seat is the browser tab that runs it.",
  },
  { term: "Primary, replica", text: "Who takes the writes, and who holds a copy." },
  {
    term: "Epoch",
    text: "The number of one primary's reign. A replica refuses whatever comes from an older one.",
  },
  {
    term: "Position",
    text: "Where a log ends, as epoch:number. The furthest position decides who may be promoted.",
  },
  {
    term: "View",
    text: "Who is primary in which epoch, and who belongs to the pod. The coordinator decides it.",
  },
  {
    term: "Lease",
    text: "The primary's permission to act, renewed with each heartbeat. Without it, it acknowledges nothing.",
  },
  {
    term: "ok, fail, unknown",
    text: "It happened; it certainly did not; nobody can say. The third is never counted as either.",
  },
  {
    term: "Partition, heal",
    text: "Parts of the network that cannot hear each other, and their coming together.",
  },
  { term: "Diverged", text: "A site holds writes that are not in the surviving history." },
  { term: "LWW", text: "Last write wins: of two concurrent writes the one with the later time stamp stays." },
  { term: "CRDT", text: "Data whose types know how to merge, so that both sides' changes count." },
] as const;

/** What the lab is for, how a first lesson goes, what the words and shapes mean. */
export default function DocsPage() {
  return (
    <>
      <Title lead="Two data centres or more hold the same data. What happens to a write when one of them dies, or when they cannot hear each other? Here a class finds out by doing it.">
        What the lab teaches
      </Title>
      <Section id="idea" title="The idea">
        <p>
          Every student's tab is a data centre that runs a real replication engine. Tabs talk to each other
          directly over WebRTC. The teacher cuts links, splits the network, crashes sites and sets clocks
          wrong; students close their tabs. Every number on the screen is measured from what really happened
          in those tabs.
        </p>
        <p>
          Three questions come back in every lesson. How long could nobody write? Which acknowledged writes
          are gone? And who decided that: a person, a rule, or nobody?
        </p>
      </Section>
      <FirstLesson />
      <Section id="presets" title="Presets">
        <p>A preset sets the lab up like a system you may know. Every axis can be changed while it runs.</p>
        <Terms terms={presets.map(({ title, paragraph }) => ({ term: title, text: paragraph }))} />
      </Section>
      <Section id="shapes" title="Shapes">
        <p>State is a shape and a word first and a colour last. Red is kept for wrong data.</p>
        <ul className="grid gap-x-6 gap-y-1.5 sm:grid-cols-2">
          {shapes.map((state) => (
            <li key={state} className="flex items-center gap-3">
              <SiteIcon state={state} className="size-9 shrink-0" />
              {stateWords[state]}
            </li>
          ))}
        </ul>
      </Section>
      <Section id="words" title="Words">
        <Terms terms={words} />
      </Section>
      <Section id="joining" title="When somebody cannot join">
        <p>
          Phones must be in the same network as the computer that runs the lab, and its firewall must let them
          in: allow Node.js when the system asks. The console chooses which address the QR code shows, since
          <code className="font-mono"> localhost</code> and the addresses of Docker and VPNs only work on that
          computer.
        </p>
        <p>
          Where a network does not let tabs talk to each other directly, their messages go through the lab
          server. The link then says "via the server", and everything else works the same.
        </p>
      </Section>
    </>
  );
}

function FirstLesson() {
  return (
    <Section id="first-lesson" title="A first lesson, five minutes, alone">
      <ol className="list-decimal space-y-2 pl-6 marker:text-muted">
        <li>
          Create a lab with three sites and open the join link in three tabs. The first city is primary.
        </li>
        <li>
          In the second tab put <code className="font-mono">x = 1</code>. The log says who took the write: the
          replica forwarded it to the primary.
        </li>
        <li>On the console start traffic of five operations a second, so that somebody notices an outage.</li>
        <li>
          Close the primary's tab. A clean close gives the lease back, so the next primary is there at once.
          Do it again with "Fail my site": now nobody may be promoted before the lease has run out, and the
          stopwatch shows about three seconds.
        </li>
        <li>
          Open the closed tab again. It comes back as a replica. If it had taken writes that nobody else
          received, it lists them: they are not in the surviving history.
        </li>
        <li>
          On the console choose Yjs, partition the pod, and increment <code className="font-mono">likes</code>{" "}
          on both sides. Heal, and compare what last-write-wins lost with what the CRDT kept.
        </li>
      </ol>
    </Section>
  );
}
