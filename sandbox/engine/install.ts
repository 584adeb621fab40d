import kubernetesPackage from "@pulumi/kubernetes/package.json" with { type: "json" };
import pulumiPackage from "@pulumi/pulumi/package.json" with { type: "json" };
import randomPackage from "@pulumi/random/package.json" with { type: "json" };
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StandInLocation {
  /** The sandbox's own PULUMI_HOME. */
  readonly pulumiHome: string;
  /** The node that runs the stand-ins and the program. */
  readonly nodePath: string;
}

/** For every pulumi command that uses the stand-ins. Without it, plugins on PATH, also official ones, take precedence. */
export const STAND_IN_ENVIRONMENT = { PULUMI_IGNORE_AMBIENT_PLUGINS: "true" };

/**
 * Writes the stand-ins to the plugin cache of `pulumiHome`, in folders with the version of their npm packages, because the
 * engine accepts no other version of a provider. A language host in the cache is used without the warning that
 * one on PATH causes. Running it again changes nothing.
 */
export function installStandIns({ pulumiHome, nodePath }: StandInLocation): void {
  const parts = [
    { kind: "language", name: "nodejs", version: pulumiPackage.version, main: "language-host" },
    { kind: "resource", name: "random", version: randomPackage.version, main: "random" },
    { kind: "resource", name: "kubernetes", version: kubernetesPackage.version, main: "kubernetes" },
  ];
  for (const { kind, name, version, main } of parts) {
    const folder = join(pulumiHome, "plugins", `${kind}-${name}-v${version}`);
    const file = join(folder, `pulumi-${kind}-${name}`);
    const script = wrapper(nodePath, join(import.meta.dirname, main, "main.ts"), pulumiHome);
    if (existsSync(file) && readFileSync(file, "utf8") === script) continue;
    mkdirSync(folder, { recursive: true });
    // Not in place, so that a running pulumi never reads an incomplete file.
    writeFileSync(`${file}.new`, script, { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }
}

/**
 * `exec`, because the engine signals and watches the process that it started. The compile cache, which the program
 * inherits, takes 1 s off each preview and update (2.0 s instead of 3.0 s for a program of four resources).
 */
function wrapper(nodePath: string, main: string, pulumiHome: string): string {
  return `#!/bin/sh
export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-"${shellEscaped(join(pulumiHome, "node-compile-cache"))}"}"
exec "${shellEscaped(nodePath)}" --disable-warning=ExperimentalWarning "${shellEscaped(main)}" "$@"
`;
}

function shellEscaped(text: string): string {
  return text.replaceAll(/["\\$\`]/g, "\\$&");
}
