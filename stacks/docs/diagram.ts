import type { Edge, Endpoint } from "../../components/core/network/endpoint.ts";
import { edgesOf } from "../plan.ts";
import { committedConfig } from "./committed-config.ts";
import { fenced } from "./table.ts";

interface Node {
  readonly id: string;
  readonly label: string;
  /** A namespace of the platform, or undefined for what is outside. */
  readonly namespace?: string;
}

/** The applications of prod and their connections, as a Mermaid flowchart with one arrow per pair of applications. */
export function diagram(): string {
  const edges = edgesOf(committedConfig("prod")).flatMap((edge) => {
    const from = senderNode(edge);
    const to = "internet" in edge.to ? PROVIDERS : nodeOf(edge.to);
    return from === undefined || from.id === to.id ? [] : [{ from, to }];
  });
  const nodes = new Map(edges.flatMap(({ from, to }) => [from, to]).map((node) => [node.id, node]));
  const namespaces = new Set([...nodes.values()].map(({ namespace }) => namespace));
  const lines = [...namespaces].flatMap((namespace) => {
    const own = [...nodes.values()]
      .filter((node) => node.namespace === namespace)
      .map(({ id, label }) => `${id}["${label}"]`);
    return namespace === undefined
      ? own
      : [`subgraph ${namespace}`, ...own.map((line) => `  ${line}`), "end"];
  });
  const arrows = new Set(edges.map(({ from, to }) => `${from.id} --> ${to.id}`));
  return fenced("mermaid", ["flowchart TB", ...[...lines, ...arrows].map((line) => `  ${line}`)].join("\n"));
}

const PROVIDERS: Node = { id: "providers", label: "model providers" };

function nodeOf({ namespace, podLabels }: Endpoint): Node {
  const label = podLabels["app.kubernetes.io/name"];
  return { id: label, label, namespace };
}

/** Addresses are not shown, because they belong to a cluster. */
function senderNode(edge: Edge): Node | undefined {
  if (!("outside" in edge.from)) return nodeOf(edge.from);
  const { outside } = edge.from;
  if ("cidrs" in outside) return undefined;
  if ("everyPodOf" in outside) return { id: "tenants", label: "pods of tenants" };
  return { id: "clients", label: "your own pods" };
}
