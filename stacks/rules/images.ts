import { imageProblem } from "../../components/core/image-rules.ts";
import { IMAGES, parseImage } from "../../components/core/images.ts";
import { type ConfigProblem, fixCommand } from "../config-problem.ts";

/** Configured images that must not run. The schema reports invalid image references. */
export function imagesProblems(
  images: Readonly<Partial<Record<keyof typeof IMAGES, string | undefined>>>,
): ConfigProblem[] {
  return Object.entries(images).flatMap(([name, reference]) => {
    const image = reference === undefined ? undefined : parseImage(reference);
    const reason = image === undefined ? undefined : imageProblem(name, image);
    if (reason === undefined) return [];
    return [{ path: ["images", name], value: reference, reason, fix: fixCommand(["images", name]) }];
  });
}
