import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installStandIns, STAND_IN_ENVIRONMENT } from "../engine/install.ts";
import {
  chooseEngine,
  type EngineChoice,
  type EngineProbe,
  officialExecutables,
  pluginFolderName,
  probeEngine,
} from "../engine-choice.ts";
import { checkout } from "../paths.ts";
import { ensureTools } from "../tools/ensure.ts";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";
import { createKubectl, type Kubectl } from "./kubectl.ts";
import {
  createPulumi,
  type Pulumi,
  renderShellSettings,
  sandboxEnvironment,
  sandboxSettings,
} from "./pulumi.ts";
import { missingApiKeys, PLACEHOLDER } from "./placeholder-keys.ts";
import { prepareStackCluster, startStackCluster } from "./stack-cluster.ts";
import { type StackNeeds, stackNeeds } from "./stack-needs.ts";
import {
  configFile,
  hasRelease,
  recordedEngine,
  recordEngine,
  shellFile,
  stackExists,
  writeStackState,
  projectName,
  readStackFile,
} from "./stack-state.ts";

/** A running cluster, and a Pulumi that is configured for it and for one stack. */
export interface Sandbox {
  readonly pulumi: Pulumi;
  readonly kubectl: Kubectl;
  readonly seconds: { readonly tools: number; readonly cluster: number };
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const started = Date.now();
  return [await work(), (Date.now() - started) / 1000];
}

/** Prepares the sandbox's own Pulumi home, with links to the user's plugins. */
function installEngine(context: Context, choice: EngineChoice, probe: EngineProbe): void {
  const pulumiHome = context.paths.pulumiHome;
  if (choice.kind === "standin") {
    installStandIns({ pulumiHome, nodePath: process.execPath });
    return;
  }
  for (const name of probe.requiredPlugins.map(pluginFolderName)) {
    // Pulumi ignores a plugin folder that is a symbolic link.
    const folder = join(pulumiHome, "plugins", name);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(join(probe.pluginsFolder, name))) {
      if (!existsSync(join(folder, file)))
        symlinkSync(join(probe.pluginsFolder, name, file), join(folder, file));
    }
  }
}

/** The environment of the stand-ins. helm takes a minute to build, so it is built only for stacks that have charts. */
async function standInSettings(
  context: Context,
  needs: StackNeeds,
): Promise<Readonly<Record<string, string>>> {
  if (!needs.helm && !hasRelease(context)) return STAND_IN_ENVIRONMENT;
  const { helm } = await ensureTools(["helm"], context.report, context.environment);
  return { ...STAND_IN_ENVIRONMENT, HELM_BINARY: helm };
}

/** Builds missing tools, starts the cluster with its data, and prepares the stack. Fast if everything exists. */
export async function openSandbox(context: Context): Promise<Sandbox> {
  const { paths, report, environment } = context;
  if (/\s/.test(paths.root)) {
    throw new CommandError("the path of the sandbox contains a space", {
      where: paths.root,
      why: "kwokctl truncates such paths",
      fix: "move the clone, or set SANDBOX_STATE_DIR to a folder whose path has no space",
    });
  }
  // First, so that an engine that is not available fails before ten minutes of building.
  const probe = probeEngine(checkout, environment, recordedEngine(context));
  const choice = chooseEngine(probe);
  const engine =
    choice.kind === "standin" ? "Pulumi's CLI with stand-ins for its plugins" : "official Pulumi";
  report.line(`engine: ${engine} (${choice.reason})`);

  const official = choice.kind === "official" ? probe.executables.get(officialExecutables[0]) : undefined;
  const [tools, toolsSeconds] = await timed(async () =>
    official === undefined
      ? await ensureTools(["kubernetes", "kwok", "pulumi"], report, environment)
      : { ...(await ensureTools(["kubernetes", "kwok"], report, environment)), pulumi: official },
  );
  const [cluster, clusterSeconds] = await timed(() => startStackCluster(context, tools));

  const { ownKeys, unreadableKeys } = writeStackState(context, cluster);
  if (ownKeys.length > 0)
    report.line(`set only in this sandbox, in ${configFile(context)}: ${ownKeys.join(", ")}`);
  if (unreadableKeys.length > 0)
    report.line(`encrypted, therefore not used in the sandbox: ${unreadableKeys.join(", ")}`);
  installEngine(context, choice, probe);
  const needs = stackNeeds(projectName(), readStackFile(configFile(context)));
  const [standIns, helmSeconds] = await timed(async () =>
    choice.kind === "standin" ? await standInSettings(context, needs) : {},
  );
  const settings = sandboxSettings(paths, standIns);
  // First on PATH is the running Node.js, because that of the machine may be too old for the program.
  const folders = [process.execPath, tools.pulumi, tools.kubectl].map((file) => dirname(file));
  writeFileSync(shellFile(paths), renderShellSettings(context, settings, folders));
  const sandboxed = sandboxEnvironment(environment, settings, folders);
  const pulumi = createPulumi(context, tools.pulumi, sandboxed);
  const kubectl = createKubectl(tools.kubectl, sandboxed);
  const [, preparedSeconds] = await timed(() => prepareStackCluster(context, needs, kubectl));
  if (!stackExists(context)) {
    await pulumi.query(["stack", "init"], paths.stackConfigs);
    recordEngine(paths, choice.kind);
  }
  for (const key of missingApiKeys(projectName(), readStackFile(configFile(context)))) {
    report.line(`${key} is not set; the sandbox uses a placeholder`);
    await pulumi.query(["config", "set", "--secret", key, PLACEHOLDER, "--config-file", configFile(context)]);
  }
  return {
    pulumi,
    kubectl,
    seconds: { tools: toolsSeconds + helmSeconds, cluster: clusterSeconds + preparedSeconds },
  };
}
