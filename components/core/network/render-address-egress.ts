import type { ArgumentProblem } from "../invalid-args.ts";
import { objectLabels } from "../labels.ts";
import { cidrProblem } from "./cidr.ts";
import type { Endpoint } from "./endpoint.ts";

/** Servers without pods, by address: NetworkPolicies do not support host names. */
export interface Addresses {
  /** IPv4 or IPv6 ranges, as narrow as possible. */
  readonly cidrs: readonly string[];
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** Lets the pods of an endpoint connect to addresses. Network policies are additive: this one removes nothing. */
export function renderAddressEgress(name: string, { namespace, podLabels }: Endpoint, to: Addresses) {
  return {
    metadata: {
      name,
      namespace,
      labels: objectLabels(podLabels["app.kubernetes.io/name"], podLabels["app.kubernetes.io/component"]),
    },
    spec: {
      podSelector: { matchLabels: podLabels },
      policyTypes: ["Egress"],
      egress: [addressRule(`${namespace}/${name}`, to)],
    },
  };
}

/** The rule of a policy that opens addresses. */
export function addressRule(policy: string, { cidrs, ports }: Addresses) {
  if (cidrs.length === 0 || ports.length === 0) {
    // In a NetworkPolicy an empty list means "all".
    throw new Error(`NetworkPolicy ${policy}: no address, or no port`);
  }
  return {
    to: [...cidrs].sort().map((cidr) => ({ ipBlock: { cidr } })),
    ports: [...new Set(ports)].sort((a, b) => a - b).map((port) => ({ protocol: "TCP", port })),
  };
}

/**
 * The pods that connect to an external server, by name and without duplicates: two consumers can have the same
 * pods.
 */
export function distinctCallers(
  consumers: Readonly<Record<string, { readonly callers: readonly Endpoint[] }>>,
): [string, Endpoint][] {
  const named = Object.values(consumers)
    .flatMap(({ callers }) => callers)
    .map((caller): [string, [string, Endpoint]] => {
      const { "app.kubernetes.io/name": application, "app.kubernetes.io/component": role } = caller.podLabels;
      return [`${caller.namespace}/${application}-${role}`, [`${application}-${role}`, caller]];
    });
  return [...new Map(named).values()];
}

/** Problems with the addresses of a network policy; empty if they are valid. */
export function addressProblems(
  path: string,
  addresses: { readonly cidrs: readonly string[]; readonly port: number },
): ArgumentProblem[] {
  const problems = cidrProblems(`${path}cidrs`, addresses.cidrs);
  if (addresses.cidrs.length === 0) {
    problems.push({
      propertyPath: `${path}cidrs`,
      reason: "must not be empty: an empty list means every address",
    });
  }
  if (!Number.isInteger(addresses.port) || addresses.port < 1 || addresses.port > 65535) {
    problems.push({ propertyPath: `${path}port`, reason: "must be a port, 1 to 65535" });
  }
  return problems;
}

/** Problems of address ranges; empty if they are valid. */
export function cidrProblems(path: string, cidrs: readonly string[]): ArgumentProblem[] {
  return cidrs.flatMap((cidr, index) => {
    const problem = cidrProblem(cidr);
    return problem === undefined
      ? []
      : [{ propertyPath: `${path}[${String(index)}]`, reason: `must be ${problem.expected}` }];
  });
}
