import { testPromises } from "./promises";

testPromises("quorum");
