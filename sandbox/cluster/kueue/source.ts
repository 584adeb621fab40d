import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { catalog, moduleFolder } from "../../tools/catalog.ts";
import { buildSettings } from "../../tools/go.ts";

/** The sources that the manager is built from, as Go's checksum database has them. Its objects are among them. */
export async function kueueSource(env: NodeJS.ProcessEnv = process.env): Promise<string> {
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
