import type { Recording } from "../harness.ts";
import type { PlatformConfig } from "../../stacks/config.ts";

/** A program's resources, and the configuration that they were made from. */
export interface Synth {
  readonly recording: Recording;
  readonly config: PlatformConfig;
}

/** Something that holds for every configuration: says what breaks it, a line each. */
export type Invariant = (synth: Synth) => string[];
