import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuseArguments } from "../invalid-args.ts";
import { TOKENS } from "../tokens.ts";
import type { NamespaceArgs } from "./args.ts";
import { renderMetadata } from "./render-metadata.ts";
import { renderAllowDns, renderDefaultDeny } from "./render-policies.ts";
import { validateNamespaceArgs } from "./validate-args.ts";

/**
 * A namespace that enforces Pod Security `restricted` unless it has a documented exception, and denies all traffic
 * except DNS.
 */
export class Namespace extends pulumi.ComponentResource {
  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Namespace "${name}"`, validateNamespaceArgs(args));
    super(TOKENS.Namespace, name, {}, opts);

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: renderMetadata(args) },
      { parent: this, protect: args.retain ?? false, retainOnDelete: args.retain ?? false },
    );
    // `dependsOn` instead of the namespace's output: the name is known, and previews stay readable.
    const inNamespace = { parent: this, dependsOn: [namespace] };
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      renderDefaultDeny(args.namespace),
      inNamespace,
    );
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-allow-dns`,
      renderAllowDns(args.namespace),
      inNamespace,
    );
    this.registerOutputs({ namespace: namespace.metadata.name });
  }
}
