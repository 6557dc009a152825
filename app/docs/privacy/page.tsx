import type { Metadata } from "next";
import { Section, Title } from "../../_docs/prose";

export const metadata: Metadata = { title: "Privacy and browsers" };

/** What is kept, for how long, and in which browsers the lab runs. */
export default function PrivacyPage() {
  return (
    <>
      <Title lead="The lab knows cities, not people. It runs on a computer in the room and calls no other.">
        Privacy and browsers
      </Title>
      <Section id="privacy" title="Privacy">
        <p>
          Nobody gives a name, an address or an account. A seat is a city and a random number. What students
          type into keys and into the shared page goes to the other sites of their pod and to the lab server,
          because that is what is being taught: write nothing there that the class should not read. The server
          keeps the lab's events in its data folder until the lab expires or the teacher erases it; then
          everything of it is gone. A browser keeps its site's data and the secret of its seat, and removes
          them when it learns that the lab has ended. One cookie remembers light or dark. Tabs that talk
          directly to each other learn each other's network address, as in any call. No other server is
          contacted, and nothing is counted or tracked.
        </p>
      </Section>
      <Section id="browsers" title="Browsers">
        <p>
          Chrome, Edge and other Chromium browsers from version 123, Firefox from 121, Safari and iOS from
          17.5. The lab needs JavaScript, WebSockets or long polling, and IndexedDB; where WebRTC is missing
          or blocked it uses the server as a relay. Private windows work, but lose their disk when they are
          closed.
        </p>
        <p>
          It works over plain http in a local network. There browsers offer no wake lock and no clipboard, so
          phones may fall asleep: the lab then shows the site as asleep, which is a lesson too.
        </p>
      </Section>
    </>
  );
}
