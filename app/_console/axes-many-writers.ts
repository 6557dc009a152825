import { type Cluster, mergeRules } from "@/lib/protocol/cluster";
import { ruleCopy } from "../_merge/rules";
import { type AxisField, many, number, one } from "./axis-field";

const isQuorum = ({ mode }: Cluster) => mode === "quorum";
const isManyWriters = ({ mode }: Cluster) => mode === "active-active" || mode === "quorum";
const hasTombstones = (cluster: Cluster) => isManyWriters(cluster) && cluster.merge !== "certify";

/** Whether the sites of a read and of a write must have one in common. */
function overlapWords({ quorum }: Cluster, sites: number): string | undefined {
  const { r, w, sloppy, scope } = quorum;
  if (scope !== "any") return undefined;
  const n = Math.min(quorum.n, sites);
  if (r + w <= n) return `R + W is not more than ${n}: a read may miss the latest write.`;
  const unless = sloppy ? ", unless a stand-in took it" : "";
  return `R + W is more than ${n}: a read meets the latest write${unless}.`;
}

/** The axes of pods in which many sites take writes, in the order of the form. */
export const manyWritersFields: readonly AxisField[] = [
  {
    path: "merge",
    label: "Merge rule",
    choice: one(
      [...mergeRules, "certify" as const].map((rule) => ({ value: rule, text: ruleCopy[rule].name })),
    ),
    when: ({ mode }) => mode === "active-active",
  },
  {
    path: "merge",
    label: "Of versions that meet",
    choice: one([
      { value: "lww", text: "the newest stays (last write wins)" },
      { value: "siblings", text: "all stay that nobody had read (siblings)" },
    ]),
    when: isQuorum,
  },
  {
    path: "quorum.n",
    label: "Each key lives at (N)",
    choice: number(1, 12),
    when: isQuorum,
    hint: ({ quorum: { n } }, sites) =>
      n > sites ? `This pod has ${sites} sites, so each key lives at all of them.` : undefined,
  },
  { path: "quorum.w", label: "A write waits for (W)", choice: number(1, 12), when: isQuorum },
  {
    path: "quorum.r",
    label: "A read waits for (R)",
    choice: number(1, 12),
    when: isQuorum,
    hint: overlapWords,
  },
  {
    path: "quorum.sloppy",
    label: "Where an owner is out of reach",
    choice: one([
      { value: false, text: "the others must do (strict)" },
      { value: true, text: "a stand-in answers for it (sloppy)" },
    ]),
    when: isQuorum,
  },
  {
    path: "quorum.scope",
    label: "Whose answers count",
    choice: one([
      { value: "any", text: "any: whoever answers" },
      { value: "local", text: "local: those of the same region" },
      { value: "each", text: "each: a majority in every region" },
    ]),
    when: isQuorum,
  },
  {
    path: "repair.readRepair",
    label: "A read that finds a copy behind",
    choice: one([
      { value: "none", text: "leaves it so" },
      { value: "async", text: "repairs it after the answer" },
      { value: "blocking", text: "repairs it before the answer" },
    ]),
    when: isQuorum,
  },
  {
    path: "repair.hintMs",
    label: "Writes kept for absent sites, ms",
    choice: number(0, 3_600_000),
    when: isQuorum,
  },
  {
    path: "repair.antiEntropyMs",
    label: "Sites compare notes every, ms",
    choice: number(200, 60_000),
    when: isManyWriters,
  },
  {
    path: "repair.tombstoneMs",
    label: "A deletion is forgotten",
    choice: one([
      { value: "stable", text: "stable: once every site has seen it" },
      { value: 30_000, text: "after a time, whoever has seen it" },
      { value: "keep", text: "keep: never" },
    ]),
    when: hasTombstones,
  },
  {
    path: "repair.tombstoneMs",
    label: "Forgotten after, ms",
    choice: number(0, 31_536_000_000),
    when: (cluster) => hasTombstones(cluster) && typeof cluster.repair.tombstoneMs === "number",
  },
  {
    path: "session",
    label: "A session that moves between sites",
    choice: many([
      { value: "sticky", text: "stays at its first site (sticky)" },
      { value: "read-your-writes", text: "reads its own writes" },
      { value: "monotonic-reads", text: "never reads back in time" },
      { value: "monotonic-writes", text: "has its writes kept in order" },
      { value: "writes-follow-reads", text: "writes after what it has read" },
    ]),
    when: ({ mode, session }) => mode === "active-active" || mode === "quorum" || session.length > 0,
  },
  {
    path: "causal",
    label: "A write takes effect",
    choice: one([
      { value: false, text: "as it arrives" },
      { value: true, text: "after all that its author had seen (causal)" },
    ]),
    when: ({ mode, causal }) => mode === "active-active" || causal,
  },
  {
    path: "lww.order",
    label: "Of two writes wins",
    choice: one([
      { value: "time", text: "the later wall clock" },
      { value: "cassandra", text: "Cassandra: clock, deletion, greater value" },
      { value: "redis", text: "Redis: clock, smaller instance" },
      { value: "cosmos", text: "Cosmos DB: deletion, whole seconds" },
      { value: "couchbase", text: "Couchbase: more updates, then the clock" },
      { value: "active-directory", text: "Active Directory: version, seconds, server" },
    ]),
    when: ({ mode, merge }) => mode === "active-active" && merge === "lww",
  },
  {
    path: "lww.unit",
    label: "A stamp belongs to",
    choice: one([
      { value: "key", text: "the whole key" },
      { value: "field", text: "each field of a record" },
    ]),
    when: ({ mode, merge }) =>
      merge === "lww"
        ? mode === "active-active" || mode === "quorum"
        : mode === "active-active" && merge === "lww-hlc",
  },
  {
    path: "lww.maxOffsetMs",
    label: "Clocks may be apart by, ms",
    choice: number(1, 60_000),
    when: ({ mode, merge, lww }) =>
      mode === "active-active" && merge === "lww-hlc" && lww.maxOffsetMs !== null,
  },
];
