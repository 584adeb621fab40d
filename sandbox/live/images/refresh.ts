// Pins again what the images are made of, from what the registries have now:
//   node sandbox/live/images/refresh.ts [RECIPE…]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createReport } from "../../report.ts";
import { type DebianPackage, readDebianLock } from "./debian.ts";
import { type DebianRequest, resolveDebian } from "./debian-resolve.ts";
import { refreshPypi } from "./pypi-resolve.ts";
import { run } from "./run.ts";

const report = createReport();
const base = "base";
const folderOf = (recipe: string): string => join(import.meta.dirname, recipe);
const asks = (recipe: string, file: string): boolean => existsSync(join(folderOf(recipe), file));
const asksDebian = (recipe: string): boolean => asks(recipe, "debian.json");

const requestOf = (recipe: string): DebianRequest =>
  JSON.parse(readFileSync(join(folderOf(recipe), "debian.json"), "utf8")) as DebianRequest;

async function refreshDebian(recipe: string, below: readonly DebianPackage[]): Promise<void> {
  report.status(`${recipe}: Debian`);
  const request = requestOf(recipe);
  // What the base excludes is excluded in every recipe that does not ask for it.
  const excluded = requestOf(base).without.filter((name) => !request.packages.includes(name));
  const packages = await resolveDebian(
    { ...request, without: [...new Set([...excluded, ...request.without])] },
    request.release === undefined ? below : [],
  );
  await writeFile(join(folderOf(recipe), "debian.lock.json"), `${JSON.stringify(packages, undefined, 2)}\n`);
  report.line(`${recipe}: ${packages.length} Debian packages`);
}

const recipes = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !recipes.includes(name));
if (unknown.length > 0)
  throw new Error(`no such recipe: ${unknown.join(", ")}. There are: ${recipes.join(", ")}`);
const wanted = named.length > 0 ? named : recipes;

// The base first: what the others add depends on what it has.
if (wanted.includes(base)) await refreshDebian(base, []);
const affected = wanted.includes(base) ? recipes : wanted;
for (const recipe of affected.filter((name) => name !== base && asksDebian(name)))
  await refreshDebian(recipe, readDebianLock(folderOf(base)));

for (const recipe of wanted.filter((name) => asks(name, "package.json"))) {
  report.status(`${recipe}: npm`);
  const options = ["--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"];
  await run("npm", ["install", ...options], { cwd: folderOf(recipe) });
  report.line(`${recipe}: npm`);
}
for (const recipe of wanted.filter((name) => asks(name, "requirements.in"))) {
  report.status(`${recipe}: PyPI`);
  await refreshPypi(folderOf(recipe));
  report.line(`${recipe}: PyPI`);
}
