import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../labels.ts";
import { TOKENS } from "../tokens.ts";
import { renderAllowDns, renderDefaultDeny } from "./render-policies.ts";

/** Arguments of {@link Namespace}. */
export interface NamespaceArgs {
  /** The namespace's own name: part of every address in it, so it never changes. */
  readonly namespace: string;
  /**
   * Keeps the namespace, and so the volumes in it, when the stack is destroyed.
   * @default false
   */
  readonly retain?: boolean;
}

/** A namespace that enforces Pod Security `restricted` and denies all traffic but DNS. */
export class Namespace extends pulumi.ComponentResource {
  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.Namespace, name, {}, opts);

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: args.namespace,
          labels: {
            ...objectLabels(args.namespace),
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      { parent: this, protect: args.retain ?? false, retainOnDelete: args.retain ?? false },
    );
    // Depending on the namespace by option, not by its output: the name is known, and previews stay readable.
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
