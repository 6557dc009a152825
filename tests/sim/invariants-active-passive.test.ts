import { testPromises } from "./promises";

testPromises("single", "active-passive");
