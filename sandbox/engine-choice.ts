import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { CommandError, exitCodes } from "./commands/errors.ts";
import { didYouMean } from "./commands/nearest.ts";

export type EngineKind = "official" | "standin";
const kinds = ["official", "standin"] as const;

/** A provider plugin of an npm package. Both must have the same version (docs/references.md#pulumi-plugins). */
export interface RequiredPlugin {
  readonly name: string;
  readonly version: string;
}

/** What is installed on this machine, and the requested engine. */
export interface EngineProbe {
  /** `SANDBOX_ENGINE`; undefined or empty means "choose". */
  readonly wish: string | undefined;
  /** The engine that created the sandbox's stack, if there is a stack. */
  readonly current: EngineKind | undefined;
  /** Executables found on PATH, by name. */
  readonly executables: ReadonlyMap<string, string>;
  readonly pluginsFolder: string;
  /** Names of the folders in `pluginsFolder`. */
  readonly installedPlugins: readonly string[];
  readonly requiredPlugins: readonly RequiredPlugin[];
}

export interface EngineChoice {
  readonly kind: EngineKind;
  readonly reason: string;
}

export const officialExecutables = ["pulumi", "pulumi-language-nodejs"] as const;

export const pluginFolderName = (plugin: RequiredPlugin): string =>
  `resource-${plugin.name}-v${plugin.version}`;

/** The missing parts of the official engine, each with the command that installs it. */
export function missingForOfficial(probe: EngineProbe): readonly { name: string; fix: string }[] {
  return [
    ...officialExecutables
      .filter((name) => !probe.executables.has(name))
      .map((name) => ({ name, fix: "install Pulumi; its archive has both programs" })),
    ...probe.requiredPlugins
      // A ".partial" file marks an unfinished download and hides the plugin (docs/references.md#pulumi-plugins).
      .filter((plugin) => {
        const folder = pluginFolderName(plugin);
        return (
          !probe.installedPlugins.includes(folder) || probe.installedPlugins.includes(`${folder}.partial`)
        );
      })
      .map(({ name, version }) => ({
        name: `plugin ${name} ${version}`,
        fix: `pulumi plugin install resource ${name} ${version}`,
      })),
  ];
}

/** The official engine if it is complete. `SANDBOX_ENGINE` overrides this. A stack keeps the engine that created it. */
export function chooseEngine(probe: EngineProbe): EngineChoice {
  const wish = probe.wish === "" ? undefined : probe.wish;
  const wished = kinds.find((kind) => kind === wish);
  if (wish !== undefined && wished === undefined) {
    throw new CommandError(`SANDBOX_ENGINE="${wish}" is not an engine${didYouMean(wish, kinds)}`, {
      fix: "set it to official or standin, or unset it",
      exitCode: exitCodes.usage,
    });
  }
  const missing = missingForOfficial(probe);
  const notInstalled = `not installed: ${missing.map(({ name }) => name).join(", ")}`;
  const choice = ((): EngineChoice => {
    if (wished !== undefined) return { kind: wished, reason: `SANDBOX_ENGINE=${wished}` };
    if (probe.current !== undefined)
      return { kind: probe.current, reason: "this sandbox's stack was created with it" };
    if (missing.length === 0) return { kind: "official", reason: "Pulumi and its plugins are installed" };
    return { kind: "standin", reason: notInstalled };
  })();
  if (probe.current !== undefined && choice.kind !== probe.current) {
    // They store different state, and moving a stack is not tested (docs/references.md#pulumi-state).
    throw new CommandError(`this sandbox's stack was created with the ${probe.current} engine`, {
      why: `${choice.reason}, and a stack cannot change its engine`,
      fix: "run `make down` first, or unset SANDBOX_ENGINE",
    });
  }
  if (choice.kind === "official" && missing.length > 0) {
    throw new CommandError("the official Pulumi engine is not complete on this machine", {
      where: notInstalled,
      why: choice.reason,
      fix: [...new Set(missing.map(({ fix }) => fix))].join("; "),
    });
  }
  return choice;
}

/** The first executable file with that name on `path`. */
function findExecutable(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter).filter((entry) => entry !== "")) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

interface PackageJson {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string };
}
const readPackage = (folder: string): PackageJson =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;

/** Reads PATH, the user's Pulumi home, and the program's npm packages. */
export function probeEngine(
  repository: string,
  environment: NodeJS.ProcessEnv,
  current: EngineKind | undefined,
): EngineProbe {
  const pluginsFolder = join(environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");
  const path = environment["PATH"] ?? "";
  return {
    wish: environment["SANDBOX_ENGINE"],
    current,
    executables: new Map(
      officialExecutables.flatMap((name) => {
        const file = findExecutable(name, path);
        return file === undefined ? [] : [[name, file] as const];
      }),
    ),
    pluginsFolder,
    installedPlugins: existsSync(pluginsFolder) ? readdirSync(pluginsFolder) : [],
    requiredPlugins: Object.keys(readPackage(repository).dependencies ?? {}).flatMap((name) => {
      const folder = join(repository, "node_modules", name);
      const { pulumi, version = "" } = readPackage(folder);
      if (pulumi?.resource !== true) return [];
      return [{ name: pulumi.name ?? name.replace(/^@pulumi\//, ""), version: version.replace(/^v/, "") }];
    }),
  };
}
