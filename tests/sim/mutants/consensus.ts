import { disobeying, type Mutant, mishearing, misreading, misspeaking } from "./plant";

export const consensusMutants: readonly Mutant[] = [
  {
    bug: "a vote is given to everybody who asks",
    ...{ rule: "E111", row: "consensus", breaks: "election-safety" },
    drags: [
      "one-acknowledging-primary",
      "log-matching",
      "settles",
      "convergence",
      "linearizable",
      "no-acked-loss",
      "loss-is-told",
    ],
    machines: misspeaking((output) =>
      output.type === "send" && output.message.type === "vote" && !output.message.trial
        ? { ...output, message: { ...output.message, granted: true } }
        : output,
    ),
  },
  {
    bug: "a voter does not look how far the candidate's log goes",
    ...{ rule: "E111", row: "consensus", breaks: "no-acked-loss", drags: ["linearizable"] },
    machines: misreading("vote-request", (message) => ({
      ...message,
      end: { epoch: message.epoch, lsn: Number.MAX_SAFE_INTEGER },
    })),
  },
  {
    bug: "a restart forgets entries that it has acknowledged",
    ...{ rule: "E123", row: "consensus", breaks: "no-acked-loss" },
    drags: ["linearizable", "log-matching", "settles", "convergence", "loss-is-told"],
    faults: ["crash", "slow-disk"],
    machines: mishearing((input) =>
      input.type === "start"
        ? { ...input, journal: input.journal.filter(({ type }) => type !== "consensus-entry") }
        : input,
    ),
  },
  {
    bug: "a primary reads without asking whether it still is one",
    ...{ rule: "E116", row: "consensus", breaks: "linearizable" },
    machines: disobeying((cluster) => ({
      ...cluster,
      raft: { ...cluster.raft, reads: "lease", checkQuorum: false },
    })),
  },
];
