// The administrator's kubeconfig for the machine's side of the relay.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { StatePaths } from "../paths.ts";
import { clusterName, liveFiles, liveHome } from "./layout.ts";

/** @param port the API server's, on the loopback */
export async function writeKubeconfig(paths: StatePaths, port: number): Promise<void> {
  const file = join(liveFiles(liveHome(paths)).kubeconfigs, "super-admin.conf");
  const made = parse(await readFile(file, "utf8")) as {
    readonly clusters: readonly { readonly cluster: object }[];
    readonly users: readonly { readonly user: object }[];
  };
  const cluster = { ...made.clusters[0]?.cluster, server: `https://127.0.0.1:${port}` };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: [{ name: clusterName, cluster }],
    users: [{ name: clusterName, user: made.users[0]?.user }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
  };
  await writeFile(paths.kubeconfig, stringify(config), { mode: 0o600 });
}
