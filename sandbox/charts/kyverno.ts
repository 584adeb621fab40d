// Kyverno's own chart and definitions: they are in the Go modules that its programs are built from.
import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { catalog, moduleFolder } from "../tools/catalog.ts";
import { buildSettings } from "../tools/go.ts";

/** Kyverno itself, and the definitions of its newer kinds. */
const MODULES = ["github.com/kyverno/kyverno", "github.com/kyverno/api"] as const;

/** The folders of both; they come from the module proxy where they are not there yet. */
async function moduleFolders(): Promise<string[]> {
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", ...MODULES], {
    cwd: moduleFolder(catalog.kyverno),
    env: { ...process.env, ...buildSettings },
  });
  // One object after the other, without a comma.
  const found = JSON.parse(`[${stdout.replaceAll("}\n{", "},{")}]`) as { Path: string; Dir: string }[];
  return MODULES.map((module) => found.find(({ Path }) => Path === module)?.Dir ?? "");
}

/** Why this machine cannot have Kyverno; nothing when it can. */
export async function kyvernoProblem(): Promise<string | undefined> {
  return moduleFolders().then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

interface ChartFile {
  readonly version: string;
  readonly appVersion: string;
  readonly dependencies: readonly { readonly name: string }[];
}

/**
 * The official chart, as a folder that Helm installs. Two of its dependencies are in no module and off as they come (a
 * server for reports, and definitions of another kind of report): they are left out. The third has no version there.
 */
export async function officialChart(
  folder: string,
): Promise<Pick<ChartFile, "version" | "appVersion"> & { readonly folder: string }> {
  const [kyverno = "", api = ""] = await moduleFolders();
  cpSync(join(kyverno, "charts/kyverno"), folder, { recursive: true });
  // The module cache cannot be written, nor can its copy.
  const writable = (path: string) => chmodSync(path, 0o755);
  const all = () => readdirSync(folder, { recursive: true, encoding: "utf8" });
  [folder, ...all().map((path) => join(folder, path))].forEach(writable);
  cpSync(join(api, "charts/kyverno-api"), join(folder, "charts/kyverno-api"), { recursive: true });
  all()
    .map((path) => join(folder, path))
    .forEach(writable);

  const file = join(folder, "Chart.yaml");
  const chart = parse(readFileSync(file, "utf8")) as ChartFile;
  const { version } = parse(readFileSync(join(folder, "charts/kyverno-api/Chart.yaml"), "utf8")) as ChartFile;
  const there = readdirSync(join(folder, "charts"));
  const dependencies = chart.dependencies
    .filter(({ name }) => there.includes(name))
    .map((dependency) => (dependency.name === "kyverno-api" ? { ...dependency, version } : dependency));
  writeFileSync(file, stringify({ ...chart, dependencies }));
  return { folder, version: chart.version, appVersion: chart.appVersion };
}

/** Writes the chart into a folder that Helm can install later, unless it is there. */
export async function ensureOfficialChart(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  // An interrupted copy is never taken for the chart.
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  await officialChart(unfinished);
  renameSync(unfinished, folder);
}
