import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ChartSource, releaseOf } from "../core/release/chart.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { type ApiServer, renderApiServerEgress } from "../core/network/api-server.ts";
import { TOKENS } from "../core/tokens.ts";
import { KYVERNO_CHART } from "./chart.ts";
import { KYVERNO } from "./endpoints.ts";
import { renderValues } from "./render-values.ts";
import { validateKyvernoArgs } from "./validate-args.ts";

/** Arguments of {@link Kyverno}. */
export interface KyvernoArgs {
  /** Kyverno's own: its webhooks leave it out. There is one Kyverno in a Kubernetes cluster. */
  readonly namespace: string;
  readonly apiServer: ApiServer;
  /** @default {@link KYVERNO_CHART} */
  readonly chart?: ChartSource;
  /**
   * The host that Kyverno's images come from: a mirror.
   * @default the chart's own
   */
  readonly registry?: string;
  /**
   * Several pods of each controller, and a budget for their disruption.
   * @default false
   */
  readonly highAvailability?: boolean;
}

/**
 * Kyverno, by its Helm chart, as a release: the chart's hooks take the webhooks away before the pods (apps.md §1.2). Its
 * policies depend on it, so they come after it and go before it.
 */
export class Kyverno extends pulumi.ComponentResource {
  constructor(name: string, args: KyvernoArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Kyverno "${name}"`, validateKyvernoArgs(args));
    super(TOKENS.Kyverno, name, {}, opts);

    const { namespace, apiServer, highAvailability = false, registry, chart = KYVERNO_CHART } = args;
    // For the pods of the hooks, too, which come and go with an installation.
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-api-server`,
      renderApiServerEgress(KYVERNO, namespace, apiServer),
      { parent: this },
    );
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      { name: KYVERNO, namespace, ...releaseOf(chart), values: renderValues({ highAvailability, registry }) },
      { parent: this, dependsOn: [policy] },
    );
    this.registerOutputs({ release: release.name });
  }
}
