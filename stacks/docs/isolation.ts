import { stringify } from "yaml";
import { renderAllowDns } from "../../components/core/namespace/render-policies.ts";
import type { Edge } from "../../components/core/network/endpoint.ts";
import { NOT_PUBLIC_IPV4, PUBLIC_IPV6 } from "../../components/core/network/public-addresses.ts";
import { endpointName, senderName } from "../../components/core/network/render-policies.ts";
import { sortedEntries } from "../../components/core/sorted.ts";
import { type Enforcer, ENFORCERS, NOT_ENFORCING } from "../features/network/enforcers.ts";
import { edgesOf } from "../plan.ts";
import { committedConfig, STACKS } from "./committed-config.ts";
import { fenced, table } from "./table.ts";

/** Each kind of connection that a stack can add, once. */
const EXAMPLE = {
  tenants: { research: { gateway: true } },
  inference: [
    {
      namespace: "serving",
      application: "embeddings",
      component: "server",
      port: 8080,
      gatewayInNamespace: ["gateway.networking.k8s.io/gateway-name=inference-gateway"],
    },
  ],
  monitoring: { namespace: "monitoring", podLabels: ["app.kubernetes.io/name=prometheus"] },
};

/** Every edge of a stack, one row per port. */
export function isolationTable(stack: string): string {
  return edgeTable(edgesOf(committedConfig(stack)));
}

/** The connections that a stack can add. */
export function isolationExample(): string {
  return fenced("yaml", stringify(EXAMPLE).trimEnd());
}

/** The connections that the example allows in addition to those of dev. */
export function isolationExampleTable(): string {
  return edgeTable(exampleEdges());
}

/** The pods outside the platform in an edge, with the labels that they need. */
export function isolationLabelsTable(): string {
  const stacks = Object.fromEntries(STACKS.map((stack) => [stack, edgesOf(committedConfig(stack))]));
  return table(
    ["stack", "pods", "label that activates the rule"],
    optIns({ ...stacks, example: exampleEdges() }),
  );
}

/** Kueue, which dev has, needs a tenant with a queue. */
const WITHOUT_GATEWAY = { lab: { queue: { name: "gpu" } } };

function exampleEdges(): Edge[] {
  const known = new Set(
    edgesOf(committedConfig("dev", { tenants: WITHOUT_GATEWAY }))
      .flatMap(rowsOf)
      .map(String),
  );
  const example = { ...EXAMPLE, tenants: { ...WITHOUT_GATEWAY, ...EXAMPLE.tenants } };
  return edgesOf(committedConfig("dev", example)).filter((edge) =>
    rowsOf(edge).some((row) => !known.has(String(row))),
  );
}

/** One line per port, so that a change is one line of a diff. */
function edgeTable(edges: readonly Edge[]): string {
  const rows = edges.flatMap(rowsOf).map((row) => row.join(" | "));
  return table(
    ["from", "to", "port"],
    [...new Set(rows)].sort().map((row) => row.split(" | ")),
  );
}

function rowsOf(edge: Edge): string[][] {
  const from = `\`${senderName(edge)}\``;
  if ("internet" in edge.to) return edge.to.ports.map((port) => [from, "the internet", String(port)]);
  const { to } = edge;
  const guarded = to.foreign === true ? " (guarded)" : "";
  return (edge.ports ?? Object.keys(to.ports)).map((name) => [
    from,
    `\`${endpointName(to)}\`${guarded}`,
    `${name} ${String(to.ports[name])}`,
  ]);
}

/** Selectors of pods outside the platform, by where they are used. */
function optIns(edgesByStack: Readonly<Record<string, readonly Edge[]>>): string[][] {
  const rows = Object.entries(edgesByStack).flatMap(([stack, edges]) =>
    edges.flatMap((edge) => {
      const labelled = (what: string, namespace: string, labels: Readonly<Record<string, string>>) => {
        const texts = sortedEntries(labels).map(([key, value]) => `\`${key}: ${value}\``);
        return [[stack, `${what}, in \`${namespace}\``, texts.join(", ")].join(" | ")];
      };
      const from = "outside" in edge.from ? edge.from.outside : { cidrs: [] };
      return [
        ...("podLabels" in from ? labelled("outside", from.namespace, from.podLabels) : []),
        ...("everyPodOf" in from
          ? [[stack, `outside, in \`${from.everyPodOf}\``, "none: every pod"].join(" | ")]
          : []),
        ...("foreign" in edge.to ? labelled("guarded", edge.to.namespace, edge.to.podLabels) : []),
      ];
    }),
  );
  return [...new Set(rows)].sort().map((row) => row.split(" | "));
}

/** The selector of the cluster's DNS. */
export function dnsTable(): string {
  const rules = renderAllowDns("any").spec.egress ?? [];
  return table(
    ["namespace", "pods", "port"],
    rules.flatMap(({ to, ports }) =>
      to.map(({ namespaceSelector, podSelector }) => [
        ...Object.values(namespaceSelector.matchLabels).map((name) => `\`${name}\``),
        ...Object.entries(podSelector.matchLabels).map(([key, value]) => `\`${key}: ${value}\``),
        ports.map(({ protocol, port }) => `${protocol} ${port}`).join(", "),
      ]),
    ),
  );
}

/** The network plugins whose objects show that they enforce. */
export function enforcerTable(): string {
  return table(
    ["`network.enforcer`", "what is read", "source"],
    Object.entries<Enforcer>(ENFORCERS).map(([name, { daemonSet, configMap, source }]) => [
      `\`${name}\``,
      [`DaemonSet ${placeName(daemonSet)}`, ...(configMap ? [`ConfigMap ${placeName(configMap)}`] : [])].join(
        ", ",
      ),
      source,
    ]),
  );
}

/** The addresses of "the internet" in a network policy. */
export function publicAddresses(): string {
  return (
    `IPv4 without ${NOT_PUBLIC_IPV4.map((range) => `\`${range}\``).join(", ")}, ` +
    `and IPv6 \`${PUBLIC_IPV6}\`.`
  );
}

/** The network plugins that never enforce. */
export function notEnforcing(): string {
  return `${NOT_ENFORCING.map(placeName).join(" and ")} (flannel) do not enforce network policies.`;
}

function placeName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `\`${namespace}/${name}\``;
}
