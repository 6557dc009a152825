import { testPromises } from "./promises";

testPromises("active-active");
