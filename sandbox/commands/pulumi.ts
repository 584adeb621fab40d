import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { StatePaths } from "../paths.ts";
import { checkout } from "../paths.ts";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";
import { capture, type Captured, run } from "./run.ts";
import { configFile } from "./stack-state.ts";

/** Settings of the user's own stack or cluster, which must not reach the sandbox. */
const foreign = /^(PULUMI_|KUBE)/;

/** Points pulumi and kubectl at the sandbox: its own home, state, passphrase, cluster and caches. */
export function sandboxSettings(
  paths: StatePaths,
  engine: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_BACKEND_URL: pathToFileURL(paths.pulumiState).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Without it, `--event-log` is an unknown flag.
    PULUMI_DEBUG_COMMANDS: "true",
    // A missing plugin is then an error, without network retries (docs/references.md#pulumi-plugins).
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    // `stack init` writes the state before the salt. If it is killed in between, the salt of the state is used.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    KUBECONFIG: paths.kubeconfig,
    KUBECACHEDIR: join(paths.root, "kubectl-cache"),
    ...engine,
  };
}

/** The user's environment with the sandbox's settings in place of those of the user's own Pulumi and cluster. */
export function sandboxEnvironment(
  user: NodeJS.ProcessEnv,
  settings: Readonly<Record<string, string>>,
  pathFolders: readonly string[],
): NodeJS.ProcessEnv {
  const kept = Object.entries(user).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: [...pathFolders, user["PATH"] ?? ""].join(delimiter),
    ...settings,
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A file for the user's shell that points `pulumi` and `kubectl` at this sandbox, so that the commands in error messages
 * work there: `pulumi config set` changes the sandbox's copy of the stack file, and `pulumi up` uses that copy.
 * The file contains no secret.
 */
export function renderShellSettings(
  context: Pick<Context, "paths" | "stack">,
  settings: Readonly<Record<string, string>>,
  pathFolders: readonly string[],
): string {
  const operation = ["--stack", context.stack, "--config-file", configFile(context)].map(quoted).join(" ");
  return [
    ...Object.entries(settings).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export PATH=${quoted(pathFolders.join(delimiter))}:"$PATH"`,
    "pulumi() {",
    '  case "$1" in',
    `    up | preview | refresh | destroy) command pulumi -C ${quoted(checkout)} "$@" ${operation} ;;`,
    `    *) command pulumi -C ${quoted(context.paths.stackConfigs)} "$@" ;;`,
    "  esac",
    "}",
    "",
  ].join("\n");
}

/** The Pulumi CLI on one stack of the sandbox. */
export interface Pulumi {
  /** Runs an operation that reads the stack's configuration on this terminal. @returns the exit code */
  operate(operation: string, ...flags: readonly string[]): Promise<number>;
  /** The same, without output on the terminal. */
  operateQuietly(operation: string, ...flags: readonly string[]): Promise<Captured>;
  /** Any other command on the stack. @throws CommandError with Pulumi's output if it fails. */
  query(command: readonly string[], folder?: string): Promise<string>;
}

export function createPulumi(context: Context, file: string, environment: NodeJS.ProcessEnv): Pulumi {
  const { stack } = context;
  const options = { cwd: checkout, env: environment };
  const operation = (name: string, flags: readonly string[]): string[] => [
    name,
    "--stack",
    stack,
    "--config-file",
    configFile(context),
    "--suppress-permalink=true",
    ...flags,
  ];
  return {
    operate: (name, ...flags) => run(file, operation(name, flags), options),
    operateQuietly: (name, ...flags) =>
      capture(file, operation(name, ["--non-interactive", ...flags]), options),
    async query(command, folder = checkout) {
      const done = await capture(file, [...command, "--stack", stack, "--non-interactive"], {
        ...options,
        cwd: folder,
      });
      if (done.code !== 0) {
        throw new CommandError(`pulumi ${command.join(" ")} failed`, {
          where: `stack ${stack}`,
          why: (done.stderr || done.stdout).trim(),
        });
      }
      return done.stdout;
    },
  };
}
