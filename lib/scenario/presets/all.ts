import { consensus } from "./consensus";
import { sessions } from "./cosmos";
import { datatypes } from "./datatypes";
import { documents } from "./documents";
import { certifying } from "./galera";
import { manyWriters } from "./many-writers";
import { oneWriter } from "./one-writer";
import { postgres } from "./postgres";
import type { Preset } from "./preset";
import { quorums } from "./quorum";

/** What a lab runs when nobody chooses. */
export const defaultPreset = "postgres-async";

/** The presets of this lab, in the order in which menus show them. */
export const presets: readonly Preset[] = [
  ...postgres,
  ...oneWriter,
  ...consensus,
  ...manyWriters,
  ...documents,
  ...datatypes,
  ...sessions,
  ...certifying,
  ...quorums,
];
