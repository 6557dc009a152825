import type { Metadata } from "next";
import { Code, Section, Terms, Title } from "../../_docs/prose";

export const metadata: Metadata = { title: "Scripting" };

const seatExample = `await faultline.ready
faultline.site                          // "tokyo"
const done = await faultline.put("x", 1)
done                                    // { status: "ok", value: 1, version: "tokyo-1:1", error: null, tookMs: 12 }

const stop = faultline.on("role", (event) => console.log(event.role, event.epoch))
faultline.state().links                 // [{ to: "pune", status: "up", via: "direct", rttMs: 3 }, …]
await faultline.crash()                 // like closing the tab, but the page stays
stop()`;

const loadExample = `// A hundred writes, one after the other; what came of each
const count = { ok: 0, fail: 0, unknown: 0 }
for (let n = 0; n < 100; n += 1) count[(await faultline.increment("likes")).status] += 1
console.log(count)`;

const consoleExample = `await faultline.command("partition", { groups: [["mumbai"], ["pune", "frankfurt"]] })
await faultline.command("link", { from: "pune", to: "mumbai", delayMs: 400 })
await faultline.command("crash", { site: "mumbai", disk: "lost" })
await faultline.command("configure", { cluster: { ack: "sync" } })
await faultline.command("heal", {})
faultline.state().pods[0].view.primary`;

const httpExample = `# Create a lab; the answer holds its code and its key
curl -s localhost:3000/api/labs -H 'content-type: application/json' \\
  -d '{"title": "Databases", "preset": "postgres-sync", "sites": 3}'

# Anybody may read the public state
curl -s localhost:3000/api/labs/CODE

# With the key: do something, read the trace, erase the lab
curl -s localhost:3000/api/labs/CODE/command -H 'authorization: Bearer KEY' \\
  -H 'content-type: application/json' -d '{"do": "cut", "from": "mumbai", "to": "pune"}'
curl -s localhost:3000/api/labs/CODE/trace -H 'authorization: Bearer KEY'
curl -s -X DELETE localhost:3000/api/labs/CODE -H 'authorization: Bearer KEY'`;

const operations = [
  { term: "put(key, value)", text: "Sets a value: any JSON up to 16 KB." },
  { term: "get(key)", text: "Reads it. A key that was never written gives null." },
  { term: "delete(key)", text: "Removes it." },
  {
    term: "cas(key, from, to)",
    text: "Changes it only if it is what you expect; otherwise CAS_MISMATCH with what was read.",
  },
  { term: "increment(key, by)", text: "Counts up or down and returns the new value." },
  { term: "add, remove(key, value)", text: "Puts a value into a set, or takes it out." },
  { term: "patch(key, field, value)", text: "Sets one field of a record." },
  { term: "insert(key, at, text)", text: "Puts text into a text." },
  { term: "erase(key, at, length)", text: "Takes characters out of a text." },
  { term: "reserve(key, amount)", text: "Takes an amount from a count that must not fall below zero." },
] as const;

const verbs = [
  { term: "crash, restart", text: 'site; on crash disk: "kept" or "lost".' },
  { term: "pause, resume", text: "site: nothing is handled there, its inbox grows, time goes on." },
  {
    term: "partition",
    text: 'groups: lists of sites; "coordinator" and "edge" may be named too. Unnamed sites form one more group.',
  },
  { term: "cut, mend", text: "from, to, oneWay: silence." },
  { term: "pull, plug", text: "from, to: the connection itself is torn down." },
  { term: "isolate", text: "site: cut from everything." },
  {
    term: "link",
    text: "from, to, oneWay and any of delayMs, jitterMs, lossPct, duplicatePct, reorderPct, bandwidthOps.",
  },
  { term: "clock", text: "site, skewMs, jumpMs, driftPpm." },
  { term: "disk, apply", text: "site and delayMs of each commit; site and opsPerSec (null: unlimited)." },
  { term: "heal", text: "Every link is as it was; clocks, pauses and crashes stay." },
  { term: "promote, failback, rejoin", text: "site: what an operator asks of the coordinator." },
  { term: "configure", text: "cluster: the axes to change, or a preset." },
  { term: "traffic", text: "ratePerSec, mix, keys: the world's clients." },
  { term: "op", text: 'session, site (or "route"), op: one operation, answered with its result.' },
  { term: "freeze, unfreeze, reset, lock, unlock, kick", text: "The whole class; kick takes a site." },
] as const;

/** How to use the lab from a browser's console and over HTTP. */
export default function ScriptingPage() {
  return (
    <>
      <Title lead="Everything the pages do can be done by a script: in the browser's developer tools, or over HTTP.">
        Scripting
      </Title>
      <Section id="seat" title="On a seat">
        <p>
          Open the developer tools of a seat's tab. <code className="font-mono">window.faultline</code> is
          that site.
        </p>
        <Code label="Example: a seat">{seatExample}</Code>
        <p>
          Every operation's promise resolves. A failure is a result and not an exception: status is ok, fail
          or unknown, and error is a code such as NO_PRIMARY or TIMEOUT. Events are role, view, op, fault and
          conflict. Where values stand side by side, get gives them as siblings, and the put after it settles
          what was read; a put of what was never read stands beside the rest.
        </p>
        <Terms terms={operations} />
        <Code label="Example: load">{loadExample}</Code>
      </Section>
      <Section id="console" title="On the console">
        <Code label="Example: the console">{consoleExample}</Code>
        <p>
          A command answers when the tabs concerned have confirmed it, within two seconds, with how long that
          took and which sites did not confirm.
        </p>
        <Terms terms={verbs} />
      </Section>
      <Section id="http" title="Over HTTP">
        <Code label="Example: HTTP">{httpExample}</Code>
        <p>
          Errors have one shape, {'{"error": {"code", "message"}}'}: LAB_NOT_FOUND is 404, a missing key 401,
          a wrong one 403, too many requests 429. Where a lab has several pods, a command names its pod.
        </p>
      </Section>
    </>
  );
}
