import type { Image } from "../core/images.ts";

/** Arguments of {@link NetworkProbe}. */
export interface NetworkProbeArgs {
  /** One that denies by default. The network has to hold the probe's edges besides. */
  readonly namespace: string;
  /** Python 3.11 or later. */
  readonly image: Image;
}
