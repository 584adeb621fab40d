import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { catalog, moduleFolder } from "../../tools/catalog.ts";
import { buildSettings } from "../../tools/go.ts";
import type { KueueObject } from "./objects.ts";

/** The sources that the manager is built from, as Go's checksum database has them. Its objects are among them. */
async function kueueSource(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { module } = catalog.kueue;
  const options = { cwd: moduleFolder(catalog.kueue), env: { ...env, ...buildSettings } };
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module], options).catch(
    (error: unknown) => {
      const said = error instanceof Error && "stdout" in error ? String(error.stdout).trim() : "";
      throw new Error(`Kueue's objects cannot be had from ${module}: ${said || String(error)}`);
    },
  );
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
}

/** The objects of its own installation. */
export async function upstreamObjects(
  kubectl: (...args: readonly string[]) => Promise<string>,
  environment: NodeJS.ProcessEnv,
): Promise<KueueObject[]> {
  const text = await kubectl("kustomize", join(await kueueSource(environment), "config", "default"));
  return parseAllDocuments(text).map((document) => document.toJS() as KueueObject);
}
