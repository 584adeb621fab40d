import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** The contexts of a machine's kubeconfig. */
export interface KubeContexts {
  /** The source of the contexts, for messages. */
  readonly source: string;
  readonly names: readonly string[];
  /** The context that kubectl would use. */
  readonly current?: string;
}

const kubeconfigFile = z.object({
  contexts: z.array(z.object({ name: z.string() })).nullish(),
  "current-context": z.string().nullish(),
});

/**
 * The contexts of a kubeconfig: of the file at `path`, or else of `$KUBECONFIG`, or else of `~/.kube/config`. A missing or
 * invalid file has no contexts. The provider reports what is wrong with it.
 *
 * This does not use `@kubernetes/client-node`. Its KubeConfig fails where kubectl does not (a file of `$KUBECONFIG` is
 * missing, or two files have the same context), and its import takes a second.
 */
export function readKubeContexts(path: string | undefined, env: NodeJS.ProcessEnv): KubeContexts {
  // The schema rejects an empty path. It must not cause another problem.
  const paths = (path || env["KUBECONFIG"] || join(homedir(), ".kube", "config"))
    .split(path ? "\0" : delimiter)
    .filter((file) => file !== "");
  const files = paths.map(readKubeconfig);
  const current = files.map((file) => file["current-context"]).find((name) => name);
  return {
    source: paths.join(", "),
    names: [...new Set(files.flatMap((file) => (file.contexts ?? []).map((context) => context.name)))],
    ...(current ? { current } : {}),
  };
}

function readKubeconfig(path: string): z.output<typeof kubeconfigFile> {
  try {
    return kubeconfigFile.parse(parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}
