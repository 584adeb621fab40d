import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The part of a package.json that is used here. */
interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string };
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Named in the package.json of the program, not only of one of its dependencies. */
  readonly direct: boolean;
  readonly pulumi: PackageJson["pulumi"];
}

export interface RequiredPlugin {
  readonly name: string;
  /** With its leading v. */
  readonly version: string;
}

/** The npm packages that the program in `directory` can import, each installed copy once. */
export function installedPackages(directory: string): InstalledPackage[] {
  const ancestors = ancestorsOf(directory);
  const own = ancestors.map((ancestor) => readPackageJson(ancestor)).find((json) => json !== undefined);
  const direct = new Set(Object.keys({ ...own?.dependencies, ...own?.devDependencies }));
  const seen = new Set<string>();
  return ancestors.flatMap((ancestor) =>
    packageFolders(join(ancestor, "node_modules"), seen).flatMap(({ folder, nested }) => {
      const { name, version, pulumi } = readPackageJson(folder) ?? {};
      if (name === undefined || version === undefined) return [];
      return [{ name, version, pulumi, direct: !nested && direct.has(name) }];
    }),
  );
}

/**
 * The resource plugins that the engine must load: those of the program's own dependencies, and the installed ones of
 * indirect dependencies. Other plugins of indirect dependencies may be unavailable and unused.
 */
export function requiredPlugins(directory: string): RequiredPlugin[] {
  return installedPackages(directory).flatMap(({ name, version, direct, pulumi }) => {
    if (pulumi?.resource !== true) return [];
    const plugin = {
      name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
      version: `v${(pulumi.version ?? version).replace(/^v/, "")}`,
    };
    return direct || isPluginInstalled(plugin) ? [plugin] : [];
  });
}

function isPluginInstalled({ name, version }: RequiredPlugin): boolean {
  const pulumiHome = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  return existsSync(join(pulumiHome, "plugins", `resource-${name}-${version}`));
}

/** The folders in which Node looks for node_modules: the folder itself and those above it. */
function ancestorsOf(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestorsOf(parent)];
}

function packageFolders(
  nodeModules: string,
  seen: Set<string>,
  nested = false,
): { folder: string; nested: boolean }[] {
  return subfolders(nodeModules)
    .flatMap((name) =>
      name.startsWith("@") ? subfolders(join(nodeModules, name)).map((scoped) => join(name, scoped)) : [name],
    )
    .flatMap((name) => {
      const folder = realpathSync(join(nodeModules, name));
      if (seen.has(folder)) return [];
      seen.add(folder);
      return [{ folder, nested }, ...packageFolders(join(folder, "node_modules"), seen, true)];
    });
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || entry.isSymbolicLink()))
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(folder, name)));
}

function readPackageJson(folder: string): PackageJson | undefined {
  const file = join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PackageJson) : undefined;
}
