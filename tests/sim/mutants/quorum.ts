import { disobeying, type Mutant, misreading } from "./plant";

export const quorumMutants: readonly Mutant[] = [
  {
    bug: "a read is answered by whoever answers first",
    ...{ rule: "E165", row: "quorum R+W>N", breaks: "regular" },
    machines: disobeying((cluster) => ({ ...cluster, quorum: { ...cluster.quorum, r: 1 } })),
  },
  {
    bug: "an owner confirms what it throws away",
    ...{ rule: "E162", row: "quorum R+W>N", breaks: "regular" },
    machines: misreading("quorum-write", (message) =>
      message.request === null ? message : { ...message, versions: [] },
    ),
  },
  {
    bug: "one site takes the earlier of two versions for the later",
    ...{ rule: "E166", row: "quorum R+W>N", breaks: "strong-convergence" },
    drags: ["settles", "convergence", "regular", "none-erased", "accounted"],
    machines: misreading("quorum-write", (message, { identity }) => ({
      ...message,
      versions: message.versions.map((version) =>
        identity.site === "pune" ? { ...version, stamp: 10 ** 13 - version.stamp } : version,
      ),
    })),
  },
];
