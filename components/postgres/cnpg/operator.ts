import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkReleasedPods } from "../../core/release/check-pods.ts";
import { type ChartSource, releaseOf } from "../../core/release/chart.ts";
import type { Image } from "../../core/images.ts";
import { refuseArguments } from "../../core/invalid-args.ts";
import { PART_OF } from "../../core/labels.ts";
import { type ApiServer, apiServerAddresses } from "../../core/network/api-server.ts";
import { addressProblems, renderAddressEgress } from "../../core/network/render-address-egress.ts";
import { TOKENS } from "../../core/tokens.ts";
import { OPERATOR_CHART } from "./chart.ts";
import { OPERATOR, operatorEndpoints } from "./endpoints.ts";

/** Arguments of {@link PostgresOperator}. */
export interface PostgresOperatorArgs {
  /** Namespace for the operator only. A cluster can have one operator. */
  readonly namespace: string;
  readonly image: Image;
  /** The namespaces whose Clusters it manages. */
  readonly watchNamespaces: readonly string[];
  /** @default {@link OPERATOR_CHART} */
  readonly chart?: ChartSource;
  readonly replicas: number;
  /**
   * Opens the way to the Kubernetes API.
   * @default no network policy: for a namespace that is closed by another, or not at all
   */
  readonly apiServer?: ApiServer;
  /**
   * Protects the release: without an operator there is no failover.
   * @default false
   */
  readonly retain?: boolean;
}

/** The CloudNativePG operator as a Helm release. */
export class PostgresOperator extends pulumi.ComponentResource {
  constructor(name: string, args: PostgresOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`PostgresOperator "${name}"`, validatePostgresOperatorArgs(args));
    super(TOKENS.PostgresOperator, name, {}, opts);

    const { webhook } = operatorEndpoints(args.namespace);
    const policies =
      args.apiServer === undefined
        ? []
        : [
            new kubernetes.networking.v1.NetworkPolicy(
              `${name}-api-server`,
              renderAddressEgress(`${OPERATOR}-api-server`, webhook, apiServerAddresses(args.apiServer)),
              { parent: this },
            ),
          ];
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      {
        name: OPERATOR,
        namespace: args.namespace,
        ...releaseOf(args.chart ?? OPERATOR_CHART),
        values: renderOperatorValues(args),
      },
      { parent: this, dependsOn: policies, protect: args.retain ?? false },
    );
    checkReleasedPods(name, release, [{ name: OPERATOR, endpoint: webhook }], { parent: this });
    this.registerOutputs({ release: release.name });
  }
}

/** Values of the chart. Its pods satisfy Pod Security `restricted`. */
function renderOperatorValues(
  args: Pick<PostgresOperatorArgs, "image" | "namespace" | "replicas" | "watchNamespaces">,
) {
  const { repository, tag, digest } = args.image;
  return {
    replicaCount: args.replicas,
    // The chart does not support a digest, but a tag can contain one. The operator uses this image for the
    // instances as well.
    image: { repository, tag: digest === undefined ? tag : `${tag}@${digest}` },
    podLabels: {
      "app.kubernetes.io/component": operatorEndpoints(args.namespace).webhook.podLabels[
        "app.kubernetes.io/component"
      ],
      "app.kubernetes.io/part-of": PART_OF,
    },
    config: { data: { WATCH_NAMESPACE: [...args.watchNamespaces].sort().join(",") } },
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
  };
}

/** Problems with the arguments of an operator; empty if they are valid. */
function validatePostgresOperatorArgs(args: PostgresOperatorArgs) {
  const problems = args.apiServer === undefined ? [] : addressProblems("apiServer.", args.apiServer);
  if (args.watchNamespaces.length === 0) {
    problems.push({ propertyPath: "watchNamespaces", reason: "must not be empty: it would mean every one" });
  }
  if (!Number.isInteger(args.replicas) || args.replicas < 1) {
    problems.push({ propertyPath: "replicas", reason: "must be a whole number, at least 1" });
  }
  return problems;
}
