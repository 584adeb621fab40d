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

/** What a stack can add to its borders, once of each kind. */
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

/** Every edge of a stack, a row a port. */
export function isolationTable(stack: string): string {
  return edgeTable(edgesOf(committedConfig(stack)));
}

/** What a stack can add to its borders. */
export function isolationExample(): string {
  return fenced("yaml", stringify(EXAMPLE).trimEnd());
}

/** What the example opens besides what dev opens. */
export function isolationExampleTable(): string {
  return edgeTable(exampleEdges());
}

/** The pods of others that an edge names, with the labels that make it effective. */
export function isolationLabelsTable(): string {
  const stacks = Object.fromEntries(STACKS.map((stack) => [stack, edgesOf(committedConfig(stack))]));
  return table(
    ["stack", "pods", "label that activates the rule"],
    optIns({ ...stacks, example: exampleEdges() }),
  );
}

function exampleEdges(): Edge[] {
  const known = new Set(
    edgesOf(committedConfig("dev", { tenants: {} }))
      .flatMap(rowsOf)
      .map(String),
  );
  return edgesOf(committedConfig("dev", EXAMPLE)).filter((edge) =>
    rowsOf(edge).some((row) => !known.has(String(row))),
  );
}

/** One line a port: what is added or taken away is one line of a difference. */
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

/** Selectors of others' pods, by where they are used. */
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

/** Where the cluster's DNS is looked for. */
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

/** The network plugins whose own objects say that they enforce. */
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

/** What "the internet" is in a network policy. */
export function publicAddresses(): string {
  return (
    `IPv4 without ${NOT_PUBLIC_IPV4.map((range) => `\`${range}\``).join(", ")}, ` +
    `and IPv6 \`${PUBLIC_IPV6}\`.`
  );
}

/** The network plugins that are known to enforce nothing. */
export function notEnforcing(): string {
  return `${NOT_ENFORCING.map(placeName).join(" and ")} (flannel) do not enforce network policies.`;
}

function placeName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `\`${namespace}/${name}\``;
}
