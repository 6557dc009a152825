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
];
