// Real connections between the pods of a stack that runs: what comes about, and what its edges declare.
import { expect } from "chai";
import type { Edge } from "../../components/core/network/endpoint.ts";

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly containers: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[];
  };
  readonly status: { readonly phase: string; readonly podIP?: string };
}

/** `kubectl`, as a shell takes its arguments; gives what it wrote. */
type Kubectl = (command: string) => Promise<string>;

/** All at once: what a policy drops is waited for. Every image that is built here has Python. */
const CONNECT = `
import concurrent.futures, socket, sys
def connects(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 3).close()
    except OSError:
        return None
    return target
with concurrent.futures.ThreadPoolExecutor(64) as pool:
    print(*[target for target in pool.map(connects, sys.argv[1:]) if target])
`;

const isServing = ({ metadata, status }: Pod): boolean =>
  status.phase === "Running" && metadata.deletionTimestamp === undefined;
const nameOf = ({ metadata: { namespace, name } }: Pod): string => `${namespace}/${name}`;
const portsOf = ({ spec }: Pod): number[] =>
  spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));

/** The ways that edges declare between pods that are there; a pod's way to itself is no policy's matter. */
function declaredBetween(edges: readonly Edge[], pods: readonly Pod[]): string[] {
  const has = (pod: Pod, namespace: string, labels: Readonly<Record<string, string>>): boolean =>
    pod.metadata.namespace === namespace &&
    Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value);
  const isFrom = ({ from }: Edge, pod: Pod): boolean => {
    if (!("outside" in from)) return has(pod, from.namespace, from.podLabels);
    const { outside } = from;
    if ("everyPodOf" in outside) return pod.metadata.namespace === outside.everyPodOf;
    return "podLabels" in outside && has(pod, outside.namespace, outside.podLabels);
  };
  return edges.flatMap((edge) => {
    const { to } = edge;
    if ("internet" in to) return [];
    const ports = (edge.ports ?? Object.keys(to.ports)).flatMap((name) => to.ports[name] ?? []);
    return pods
      .filter((pod) => isFrom(edge, pod))
      .flatMap((source) =>
        pods
          .filter((pod) => pod !== source && has(pod, to.namespace, to.podLabels))
          .flatMap((target) => ports.map((port) => `${nameOf(source)} -> ${nameOf(target)}:${port}`)),
      );
  });
}

/**
 * Every pod that serves tries every port of every other. `strangers` are pods of others, as `namespace/name`: they try, too.
 * What comes about has to be what the edges declare.
 *
 * @returns how many ways were tried, and how many of them are open
 */
export async function connectAsEdgesSay(
  kubectl: Kubectl,
  edges: readonly Edge[],
  strangers: readonly string[] = [],
): Promise<{ readonly tried: number; readonly open: number }> {
  const { items } = JSON.parse(await kubectl("get pods --all-namespaces -o json")) as {
    readonly items: readonly Pod[];
  };
  const serving = items.filter(isServing);
  const targets = serving.filter(
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/part-of"] === "llm-platform",
  );
  const sources = [...targets, ...serving.filter((pod) => strangers.includes(nameOf(pod)))];
  expect(sources.length, "pods that try").to.equal(targets.length + strangers.length);
  const places = new Map<string, { readonly pod: Pod; readonly port: number }>(
    targets.flatMap((pod) =>
      portsOf(pod).map((port) => [`${pod.status.podIP ?? ""}:${port}`, { pod, port }] as const),
    ),
  );
  let tried = 0;
  const open: string[] = [];
  for (const source of sources) {
    const { namespace, name } = source.metadata;
    const others = [...places].filter(([, { pod }]) => pod !== source).map(([address]) => address);
    tried += others.length;
    const output = await kubectl(
      `-n ${namespace} exec ${name} -- python3 -c '${CONNECT}' ${others.join(" ")}`,
    );
    for (const address of output.split(" ").filter((text) => text !== "")) {
      const place = places.get(address);
      if (place !== undefined) open.push(`${nameOf(source)} -> ${nameOf(place.pod)}:${place.port}`);
    }
  }
  const declared = declaredBetween(edges, sources);
  expect(open.toSorted()).to.deep.equal([...new Set(declared)].toSorted());
  return { tried, open: open.length };
}
