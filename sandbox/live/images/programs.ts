// Programs that the sandbox builds from Go modules, as a layer.
import { readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { catalog, moduleFolder, readModule, type ToolName, type ToolPaths } from "../../tools/catalog.ts";
import { ensureTools } from "../../tools/ensure.ts";
import type { Layer } from "./recipe.ts";

/** `files`: where each program goes. */
export function programs<N extends ToolName>(
  title: string,
  tool: N,
  files: Readonly<Record<string, keyof ToolPaths<N>>>,
): Layer {
  const folder = moduleFolder(catalog[tool]);
  return {
    title,
    inputs: [
      readFileSync(import.meta.filename, "utf8"),
      ...readdirSync(folder)
        .toSorted()
        .map((file) => readFileSync(join(folder, file), "utf8")),
      ...readModule(catalog[tool]).buildArguments,
      JSON.stringify(files),
    ],
    expectedSeconds: catalog[tool].expectedSeconds,
    fill: async (context) => {
      const paths = await ensureTools([tool], context.report);
      for (const path of Object.keys(files)) {
        const program = files[path];
        if (program === undefined) continue;
        const target = join(context.folder, path);
        await mkdir(dirname(target), { recursive: true });
        await copyFile(paths[program], target);
      }
    },
  };
}
