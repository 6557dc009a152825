import { testPromises } from "./promises";

testPromises(({ swarm }) => swarm.cluster.preset !== undefined);
