// The one home of paths: what every clone on the machine shares, and what belongs to this checkout alone.
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export const checkout = resolve(import.meta.dirname, "..");

/** One Go module a folder: what the tools are built from. */
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
  /** Copies of the stack files: a passphrase writes `encryptionsalt` into them, and tracked files stay untouched. */
  readonly stackConfigs: string;
  readonly logs: string;
}

/** Where a sandbox keeps its state: `.sandbox/` of this checkout, or a folder of a test's own. */
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
