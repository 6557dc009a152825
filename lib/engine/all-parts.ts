import { createConsensus } from "./consensus";
import { createPeer } from "./deciding/peer";
import { createSwim } from "./deciding/swim";
import { createVotes } from "./deciding/votes";
import { createManyWriters } from "./many-writers";
import { createOneWriter } from "./one-writer";
import type { Parts } from "./parts";
import { createQuorum } from "./quorum";

/** Everything that an engine may be put together from. */
export const allParts: Parts = {
  modes: { log: createOneWriter, consensus: createConsensus, merge: createManyWriters, quorum: createQuorum },
  deciders: { votes: createVotes, peer: createPeer, swim: createSwim },
};
