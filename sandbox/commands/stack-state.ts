import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { checkout, type StatePaths } from "../paths.ts";
import type { EngineKind } from "../engine-choice.ts";
import type { Context } from "./context.ts";
import type { StackCluster } from "./stack-cluster.ts";
import { mergeStackCopy, type StackCopy, type StackFile, withOverlay } from "./stack-config.ts";

const projectFile = join(checkout, "Pulumi.yaml");

export function projectName(): string {
  return z.looseObject({ name: z.string() }).parse(parse(readFileSync(projectFile, "utf8"))).name;
}

/** The sandbox's copy of the stack file, which every Pulumi command gets as `--config-file`. */
export const configFile = ({ paths, stack }: Pick<Context, "paths" | "stack">): string =>
  join(paths.stackConfigs, `Pulumi.${stack}.yaml`);

/** The file that a user's shell reads to work with this sandbox. */
export const shellFile = (paths: StatePaths): string => join(paths.root, "env");

const stateFile = ({ paths, stack }: Pick<Context, "paths" | "stack">): string =>
  join(paths.pulumiState, ".pulumi", "stacks", projectName(), `${stack}.json`);

/** Whether the stack exists in this sandbox. */
export const stackExists = (context: Pick<Context, "paths" | "stack">): boolean =>
  existsSync(stateFile(context));

/** Whether the stack has a Helm release. Only helm can read and remove it, even if the configuration no longer has it. */
export const hasRelease = (context: Pick<Context, "paths" | "stack">): boolean =>
  stackExists(context) && readFileSync(stateFile(context), "utf8").includes("kubernetes:helm.sh/v3:Release");

const engineFile = (paths: StatePaths): string => join(paths.root, "engine");

/** The engine that created the stack. */
export function recordedEngine(context: Context): EngineKind | undefined {
  if (!stackExists(context) || !existsSync(engineFile(context.paths))) return undefined;
  return z.enum(["official", "standin"]).parse(readFileSync(engineFile(context.paths), "utf8"));
}

export function recordEngine(paths: StatePaths, kind: EngineKind): void {
  writeFileSync(engineFile(paths), kind);
}

/** An absent file counts as empty. */
export const readStackFile = (file: string): StackFile =>
  existsSync(file) ? ((parse(readFileSync(file, "utf8")) ?? {}) as StackFile) : {};

/**
 * Writes the folders, the passphrase and the copy of the stack file. The folder of the copies is a Pulumi project, because
 * `pulumi stack init` has no `--config-file`. It writes the encryption salt into the stack file of its project.
 */
export function writeStackState(context: Context, cluster: StackCluster): StackCopy {
  const { paths, stack, stackFile } = context;
  for (const folder of [paths.pulumiHome, paths.pulumiState, paths.stackConfigs, paths.logs]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  if (!existsSync(paths.passphrase)) {
    writeFileSync(paths.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  writeFileSync(join(paths.stackConfigs, "Pulumi.yaml"), readFileSync(projectFile));
  const project = projectName();
  const lastTracked = join(paths.stackConfigs, `.tracked.${stack}.yaml`);
  const tracked = withOverlay(readStackFile(stackFile), project, cluster.overlay);
  const copy = mergeStackCopy({
    tracked,
    lastTracked: readStackFile(lastTracked),
    copy: readStackFile(configFile(context)),
    sandboxConfig: { [`${project}:kubeconfig`]: paths.kubeconfig, [`${project}:context`]: cluster.context },
  });
  writeFileSync(configFile(context), stringify(copy.file), { mode: 0o600 });
  writeFileSync(lastTracked, stringify(tracked), { mode: 0o600 });
  return copy;
}
