import { testPromises } from "./promises";

testPromises("consensus");
