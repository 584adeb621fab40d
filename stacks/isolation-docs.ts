import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { renderAllowDns } from "../components/core/namespace/render-policies.ts";
import type { Edge } from "../components/core/network/endpoint.ts";
import { NOT_PUBLIC_IPV4, PUBLIC_IPV6 } from "../components/core/network/public-addresses.ts";
import { endpointName, senderName } from "../components/core/network/render-policies.ts";
import { sortedEntries } from "../components/core/sorted.ts";
import { type Enforcer, ENFORCERS, NOT_ENFORCING } from "./features/network-enforcers.ts";
import { committedConfig, table } from "./services-docs.ts";
import { edgesOf } from "./topology.ts";

const PAGE = join(import.meta.dirname, "..", "docs", "isolation.md");

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

/** `docs/isolation.md`: who may reach whom, from the edges that the network policies are made of. */
export function renderIsolationDocs(): string {
  const [dev, prod] = ["dev", "prod"].map((stack) => edgesOf(committedConfig(stack)));
  const known = new Set(
    edgesOf(committedConfig("dev", { tenants: {} }))
      .flatMap(rowsOf)
      .map(String),
  );
  const added = edgesOf(committedConfig("dev", EXAMPLE)).filter((edge) =>
    rowsOf(edge).some((row) => !known.has(String(row))),
  );
  return `<!-- Generated from the stacks as they are committed, by \`npm run docs:fix\`. Do not edit. -->

# Isolation

Every namespace that the platform makes denies all traffic in both directions. What is open is in these tables, and nothing
else: each row is a declared edge, which opens one port on the caller's side and on the server's side. \`make test-policy\`
asks two analysers of network policies, which others wrote, about every pair of workloads in both stacks, and compares
their answers with the edges cell by cell. A change of what can be reached is a change of this page.

Ports are those of the pods: policies see packets after a Service's address has been translated.

## dev

${edgeTable(dev ?? [])}

## prod

${edgeTable(prod ?? [])}

## Tenants, model servers, monitoring

${exampleText(added)}

## Pods that the platform does not make

These selectors select nothing until somebody's pods have the labels. What \`outside\` means is let in; a \`guarded\` server is
closed to everybody but those above, for ingress alone: a first policy that spoke about its egress would close what it needs
and nobody here knows. Its policy is made in its own namespace, which has to be there.

${table(["stack", "pods", "label that activates it"], optIns({ dev: dev ?? [], prod: prod ?? [], example: added }))}

## DNS

Every pod of every namespace may ask the cluster's DNS, and nobody else on its ports:

${dnsTable()}

NodeLocal DNSCache listens on an address of the node, and needs a rule of its own.

## The internet

"the internet" is every public address on the named ports, since network policies know no host names: IPv4 without
${NOT_PUBLIC_IPV4.map((range) => `\`${range}\``).join(", ")}, and IPv6 \`${PUBLIC_IPV6}\`. Metadata services, nodes and the
Kubernetes API are in none of them.

Addresses that a key of the configuration names are opened besides, for those who need them alone: of databases outside the
cluster (\`postgres.external\`, \`redis.external\`), and of the Kubernetes API for the pods that call it (\`apiServer\`).

## Whether anybody enforces them

A cluster takes network policies and shows them, whether its network plugin enforces them or not. \`network.enforcer\` names
the plugin: previews and updates read its objects from the cluster, and stop where it is not there or is told to enforce
nothing. In dev a stack that says nothing gets a warning; in prod it is refused.

    kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts

tells which it is, as far as objects tell. \`network.probe\` has it tried, whatever the plugin: before any workload, a Job
makes connections that are allowed, that only the caller's side forbids, and that only the server's side forbids. It runs
once; to have it tried again: \`pulumi up --replace\` with the URN of \`network-probe-client-job\`.

${enforcerTable()}

k3s has its enforcer in its own program, and no object tells: \`probe\` does.
${NOT_ENFORCING.map(placeName).join(" and ")} (flannel) enforce nothing.

## What these borders do not cover

- **Pods in the host's network** (\`hostNetwork\`) have the node's address: policies neither hold them nor tell them from the
  node. Pod Security \`restricted\` refuses them in every namespace of the platform, and in no other.
- **The node itself** reaches its pods: the kubelet's probes have to get through.
- **Host names** are not known to policies: who may reach one provider's port may reach that port of every public address.
  Domains need an egress proxy, or the network plugin's own policies.
- **What is said on an open port.** Who may read a model server's metrics may ask it for completions on the same port, past
  every budget, where the server has one port for both. \`monitoring\` names pods, not a namespace, for that reason.
- **A gateway in a model server's namespace** is let in to the server. Who reaches that gateway is for its own policies to
  say: list it in \`inference\`, too, where its pods have the two labels.
- **Who may write** labels, pods or policies in a namespace opens what these close. In tenants' namespaces RBAC and admission
  policies see to that; in the others of the cluster it is their owners' matter.
- **Tenants are taken to be cooperative**: one kernel, one control plane, one DNS. Budgets are the gateway's, and bind those
  who have to go through it.
`;
}

function exampleText(added: readonly Edge[]): string {
  return `None of these is in the committed stacks but what stands above. This configuration

\`\`\`yaml
${stringify(EXAMPLE).trimEnd()}
\`\`\`

opens, besides what dev does:

${edgeTable(added)}`;
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

function dnsTable(): string {
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

function enforcerTable(): string {
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

function placeName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `\`${namespace}/${name}\``;
}

if (import.meta.main) {
  const wanted = renderIsolationDocs();
  if (process.argv.includes("--check")) {
    if (readFileSync(PAGE, "utf8") !== wanted) {
      console.error("docs/isolation.md is not what the stacks say. Fix: npm run docs:fix");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, wanted);
  }
}
