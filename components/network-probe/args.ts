import type { Image } from "../core/images.ts";

/** Arguments of {@link NetworkProbe}. */
export interface NetworkProbeArgs {
  /** A namespace that denies by default. The network also needs the edges of the probe. */
  readonly namespace: string;
  /** Python 3.11 or later. */
  readonly image: Image;
}
