import type { ArgumentProblem } from "../invalid-args.ts";
import { objectLabels } from "../labels.ts";
import { cidrProblem } from "./cidr.ts";
import type { Endpoint } from "./endpoint.ts";

/** Servers that are no pods, as a NetworkPolicy can name them: host names it does not know. */
export interface Addresses {
  /** IPv4 or IPv6 ranges, as narrow as they are known. */
  readonly cidrs: readonly string[];
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** Lets the pods of an endpoint connect to addresses. Policies add up: this one takes nothing away. */
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

/** The one rule of a policy that opens addresses. */
export function addressRule(policy: string, { cidrs, ports }: Addresses) {
  if (cidrs.length === 0 || ports.length === 0) {
    // An empty list means "all" in a NetworkPolicy.
    throw new Error(`NetworkPolicy ${policy}: no address, or no port`);
  }
  return {
    to: [...cidrs].sort().map((cidr) => ({ ipBlock: { cidr } })),
    ports: [...new Set(ports)].sort((a, b) => a - b).map((port) => ({ protocol: "TCP", port })),
  };
}

/** The pods that connect to a server of somebody else, each once, by name: those of two consumers need one policy. */
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

/** What is wrong with addresses that a network policy is to name; nothing when they fit. */
export function addressProblems(
  path: string,
  addresses: { readonly cidrs: readonly string[]; readonly port: number },
): ArgumentProblem[] {
  const problems = cidrProblems(`${path}cidrs`, addresses.cidrs);
  if (addresses.cidrs.length === 0) {
    problems.push({ propertyPath: `${path}cidrs`, reason: "must not be empty: it would mean every address" });
  }
  if (!Number.isInteger(addresses.port) || addresses.port < 1 || addresses.port > 65535) {
    problems.push({ propertyPath: `${path}port`, reason: "must be a port, 1 to 65535" });
  }
  return problems;
}

/** What is wrong with ranges of addresses; nothing when they fit. */
export function cidrProblems(path: string, cidrs: readonly string[]): ArgumentProblem[] {
  return cidrs.flatMap((cidr, index) => {
    const problem = cidrProblem(cidr);
    return problem === undefined
      ? []
      : [{ propertyPath: `${path}[${String(index)}]`, reason: `must be ${problem.expected}` }];
  });
}
