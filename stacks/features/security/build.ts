import * as pulumi from "@pulumi/pulumi";
import { Admission } from "../../../components/admission/index.ts";
import type { TenantClassNames } from "../../../components/admission/policies/tenants.ts";
import type { Image } from "../../../components/core/images.ts";
import { policyKind } from "../../../components/kyverno/engine.ts";
import type { Config, ImageName } from "../../feature.ts";
import { buildKyverno, buildSignedImages, usesKyverno } from "./kyverno.ts";

/** The arguments from the platform. */
export interface SecurityUpstream {
  /** The LocalQueues that the stack creates, each with its namespace. */
  readonly queues: readonly { readonly namespace: string; readonly name: string }[];
  /** The classes that the namespaces of tenants may use. */
  readonly classes: TenantClassNames;
  /** The images that the stack runs. */
  readonly images: Readonly<Partial<Record<ImageName, Image>>>;
  /** The namespaces of the images. */
  readonly namespaces: readonly string[];
}

/**
 * The policy engine and the admission policies. They are created after their namespaces and before every workload, so that
 * they check the first pod. They are deleted before the engine, and before the namespaces whose labels they guard.
 */
export function buildSecurity(
  config: Config,
  { queues, classes, images, namespaces }: SecurityUpstream,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { security } = config;
  const kyverno = usesKyverno(config) ? buildKyverno(config, opts) : undefined;
  const behind = kyverno === undefined ? opts : pulumi.mergeOptions(opts, { dependsOn: [kyverno] });
  const admission = new Admission(
    "admission",
    {
      engine: kyverno === undefined ? "native" : policyKind(security.kyverno.version),
      modes: security.policies,
      requireDigests: security.requireDigests,
      queues: queuesByNamespace(security.queues, queues),
      classes,
    },
    behind,
  );
  const signed = buildSignedImages(config, { images, namespaces }, behind);
  return [kyverno, admission, signed].filter((resource) => resource !== undefined);
}

function queuesByNamespace(
  others: Config["security"]["queues"],
  own: SecurityUpstream["queues"],
): Record<string, readonly string[]> {
  const byNamespace: Record<string, string[]> = structuredClone(others);
  for (const { namespace, name } of own) (byNamespace[namespace] ??= []).push(name);
  return byNamespace;
}
