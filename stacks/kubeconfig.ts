import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** What a machine's kubeconfig offers. */
export interface KubeContexts {
  /** Where they were read, for messages. */
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
 * The contexts of a kubeconfig: the file at `path`, else those of `$KUBECONFIG`, else `~/.kube/config`. A file that is
 * missing or unreadable as a kubeconfig offers none: the provider will say what is wrong with it.
 *
 * Not `@kubernetes/client-node`: its KubeConfig fails where kubectl does not (a file of `$KUBECONFIG` is missing, or two
 * name the same context), and importing it takes a second.
 */
export function readKubeContexts(path: string | undefined, env: NodeJS.ProcessEnv): KubeContexts {
  // An empty path is refused by the schema: nothing else is to be told because of it.
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
