import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TOKENS } from "../tokens.ts";
import type { NetworkArgs } from "./args.ts";
import type { Edge } from "./endpoint.ts";
import { endpointName, renderPolicies, senderName } from "./render-policies.ts";

/**
 * The NetworkPolicies of the platform, derived only from its edges. Workloads depend on this component, so that no
 * pod starts before its policies exist.
 */
export class Network extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    // No inputs: the policies contain everything, and component inputs are copied into the state.
    super(TOKENS.Network, name, {}, opts);

    for (const policy of renderPolicies(args.edges, args.closed)) {
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-${policy.metadata.namespace}-${policy.metadata.name}`,
        policy,
        { parent: this },
      );
    }
    this.registerOutputs({ edges: args.edges.map(describeEdge).sort() });
  }
}

/** `from -> to:port,port`: one line per edge. */
export function describeEdge(edge: Edge): string {
  if ("internet" in edge.to) return `${senderName(edge)} -> internet:${edge.to.ports.join(",")}`;
  const ports = edge.ports ?? Object.keys(edge.to.ports);
  return `${senderName(edge)} -> ${endpointName(edge.to)}:${ports.join(",")}`;
}
