// The live node with the platform's images in its registry: what `pulumi up` of the live stack needs.
import { statePaths } from "../paths.ts";
import type { Report } from "../report.ts";
import { ensureTools } from "../tools/ensure.ts";
import type { BuiltImage } from "./images/build.ts";
import { ensureImages } from "./images/build.ts";
import type { ImageName } from "./images/table.ts";
import { registryAddress } from "./layout.ts";
import { insidePrefix } from "./enter.ts";
import { pushImages, registryCommand } from "./registry.ts";
import type { LiveOptions, RunningLive } from "./start.ts";
import { startLive } from "./start.ts";

export interface RunningPlatformNode extends RunningLive {
  /** The image for each reference, and its digest in the registry inside. */
  readonly images: readonly BuiltImage[];
}

export async function startPlatformNode(
  report: Report,
  { names, ...options }: LiveOptions & { readonly names?: readonly ImageName[] } = {},
): Promise<RunningPlatformNode> {
  const { crane } = await ensureTools(["crane"], report);
  const images = await ensureImages(names, report);
  const registry = registryCommand(crane, registryAddress);
  const running = await startLive(report, { ...options, extra: [...(options.extra ?? []), registry] });
  report.status("live: filling the registry");
  const enter = await insidePrefix(options.paths ?? statePaths());
  await pushImages(images, { crane, address: registryAddress, enter });
  return { ...running, images };
}
