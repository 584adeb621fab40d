import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stopped } from "../errors.ts";
import type { Endpoint } from "../network/endpoint.ts";

/** A Deployment of a chart, and the pods that the network policies of the platform expect of it. */
export interface ReleasedDeployment {
  /** Its name, as the chart gives it. */
  readonly name: string;
  readonly endpoint: Pick<Endpoint, "namespace" | "podLabels">;
}

/**
 * Reads the Deployments of a release after each update, and compares the labels of their pods with those that the network
 * policies select. A chart can change the labels. A preview only warns: it reads the pods of the last update, and the next
 * one may repair them.
 *
 * @throws pulumi.RunError in the update, if a policy does not select the pods. A Deployment that does not exist is an
 * error of the provider.
 */
export function checkReleasedPods(
  name: string,
  release: kubernetes.helm.v3.Release,
  deployments: readonly ReleasedDeployment[],
  opts: pulumi.CustomResourceOptions,
): void {
  for (const { name: deployment, endpoint } of deployments) {
    // Unknown in the preview of a new release, so that nothing is read that does not exist yet.
    const id = release.id.apply(() => `${endpoint.namespace}/${deployment}`);
    const read = kubernetes.apps.v1.Deployment.get(`${name}-${deployment}`, id, {
      ...opts,
      dependsOn: [release],
    });
    read.spec.template.metadata.labels.apply((labels) => {
      refuse(deployment, endpoint.namespace, lackingLabels(endpoint.podLabels, labels));
    });
  }
}

/** The labels of a selector that pods do not have, as `key=value`. */
export function lackingLabels(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> | undefined = {},
): string[] {
  return Object.entries(selector)
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => `${key}=${value}`);
}

function refuse(deployment: string, namespace: string, lacking: readonly string[]): void {
  if (lacking.length === 0) return;
  const reason =
    `no network policy of the platform selects the pods of Deployment ${namespace}/${deployment}: ` +
    `they do not have the labels ${lacking.join(", ")}`;
  if (pulumi.runtime.isDryRun()) {
    void pulumi.log.warn(reason);
    return;
  }
  throw stopped(
    `${reason}\n    The chart has changed the labels of its pods. To continue: set the version of the chart that worked, ` +
      "and run `pulumi up` again",
  );
}
