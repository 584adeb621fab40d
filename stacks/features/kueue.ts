import type * as pulumi from "@pulumi/pulumi";
import { KueueQueues } from "../../components/kueue/index.ts";
import type { TenantQueue } from "../../components/kueue/render-queues.ts";
import type { KueueConfig } from "./kueue-schema.ts";

/** Kueue's objects as the configuration says. */
export function buildKueue(
  { quota, nodeLabels, priorities }: KueueConfig,
  upstream: { readonly namePrefix: string; readonly queues: readonly TenantQueue[] },
  opts: pulumi.ComponentResourceOptions,
): KueueQueues {
  const labels = nodeLabels.map((label) => label.split(/=(.*)/s).slice(0, 2) as [string, string]);
  return new KueueQueues(
    "kueue",
    { ...upstream, quota, priorities, nodeLabels: Object.fromEntries(labels) },
    opts,
  );
}
