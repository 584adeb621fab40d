// A package of the npm registry as a layer: npm fetches it and checks its hash against package-lock.json.
import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layer, LayerContext } from "./recipe.ts";
import { run } from "./run.ts";

const lockFiles = ["package.json", "package-lock.json"];

/** `finish` takes what it needs from `node_modules` into the layer. `source` is everything that it depends on. */
export function npm(
  title: string,
  folder: string,
  finish: {
    readonly source: string;
    readonly apply: (nodeModules: string, layer: string, context: LayerContext) => Promise<void>;
  },
  expectedSeconds = 10,
): Layer {
  return {
    title,
    inputs: [
      readFileSync(import.meta.filename, "utf8"),
      ...lockFiles.map((file) => readFileSync(join(folder, file), "utf8")),
      finish.source,
    ],
    expectedSeconds,
    fill: async (context) => {
      for (const file of lockFiles) await copyFile(join(folder, file), join(context.downloads, file));
      // No script of a package runs.
      await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: context.downloads });
      await finish.apply(join(context.downloads, "node_modules"), context.folder, context);
    },
  };
}
