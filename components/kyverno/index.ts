import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkReleasedPods } from "../core/release/check-pods.ts";
import { releaseOf } from "../core/release/chart.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { renderApiServerEgress } from "../core/network/api-server.ts";
import { TOKENS } from "../core/tokens.ts";
import type { KyvernoArgs } from "./args.ts";
import { KYVERNO_CHART } from "./chart.ts";
import { KYVERNO, kyvernoEndpoints } from "./endpoints.ts";
import { renderValues } from "./render-values.ts";
import { validateKyvernoArgs } from "./validate-args.ts";

/**
 * Kyverno as a Helm release: the hooks of the chart delete the webhook configurations before the pods
 * (docs/references.md#kyverno-hooks). Its policies depend on it, so they are created after it and deleted before
 * it.
 */
export class Kyverno extends pulumi.ComponentResource {
  constructor(name: string, args: KyvernoArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Kyverno "${name}"`, validateKyvernoArgs(args));
    super(TOKENS.Kyverno, name, {}, opts);

    const { namespace, apiServer, highAvailability = false, registry, chart = KYVERNO_CHART } = args;
    // Also for the pods of the hooks, which exist only during an installation.
    const policies =
      apiServer === undefined
        ? []
        : [
            new kubernetes.networking.v1.NetworkPolicy(
              `${name}-api-server`,
              renderApiServerEgress(KYVERNO, namespace, apiServer),
              { parent: this },
            ),
          ];
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      {
        name: KYVERNO,
        namespace,
        ...releaseOf(chart),
        values: renderValues({ highAvailability, registry }),
      },
      { parent: this, dependsOn: policies },
    );
    checkReleasedPods(
      name,
      release,
      Object.values(kyvernoEndpoints(namespace)).map((endpoint) => ({
        name: endpoint.podLabels["app.kubernetes.io/name"],
        endpoint,
      })),
      { parent: this },
    );
    this.registerOutputs({ release: release.name });
  }
}
