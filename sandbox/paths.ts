// All paths: those that every clone on the machine shares, and those of this checkout only.
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export const checkout = resolve(import.meta.dirname, "..");

/** The sources of the tools, one Go module per folder. */
export const toolModules = join(checkout, "sandbox", "tools");

/** Built tools, shared by every clone and by CI. The XDG specification says to ignore relative values. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env["XDG_CACHE_HOME"];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "llm-platform");
}

export interface StatePaths {
  readonly root: string;
  /** kwokctl's work folder: configuration, keys, etcd data, logs. */
  readonly cluster: string;
  /** Admin access to the sandbox cluster; mode 0600. */
  readonly kubeconfig: string;
  readonly pulumiHome: string;
  /** The file backend's folder. */
  readonly pulumiState: string;
  readonly passphrase: string;
  /** Copies of the stack files, because Pulumi writes `encryptionsalt` into a stack file and tracked files must not change. */
  readonly stackConfigs: string;
  readonly logs: string;
}

/** The state of a sandbox: in `.sandbox/` of this checkout, or in the folder of a test. */
export function statePaths(root: string = join(checkout, ".sandbox")): StatePaths {
  return {
    root,
    cluster: join(root, "cluster"),
    kubeconfig: join(root, "kubeconfig"),
    pulumiHome: join(root, "pulumi-home"),
    pulumiState: join(root, "pulumi-state"),
    passphrase: join(root, "passphrase"),
    stackConfigs: join(root, "stacks"),
    logs: join(root, "logs"),
  };
}
