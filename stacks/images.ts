import { type Image, imageNamed, IMAGES } from "../components/core/images.ts";
import type { Config, ImageName } from "./feature.ts";

/** The image of a workload: the configured image, or the platform's default. */
export function imageOf({ images }: Pick<Config, "images">, name: ImageName): Image {
  const configured = images[name];
  return configured === undefined ? IMAGES[name] : imageNamed(configured);
}
