// Whether the cluster works: each component by its own health page, and what a deployment needs to be there.
import type { Credentials } from "./access.ts";
import { call } from "./access.ts";
import type { ComponentName, Ports } from "./layout.ts";
import { nodes, storageClasses } from "./objects.ts";

const healthPages = {
  etcd: "/health",
  "kube-apiserver": "/readyz",
  "kube-controller-manager": "/healthz",
  "kube-scheduler": "/healthz",
} as const;
/** Their certificates are of the cluster's authority. The others make one at each start: on loopback, that is fine. */
const certified: ReadonlySet<ComponentName> = new Set(["etcd", "kube-apiserver"]);

export async function isHealthy(
  name: ComponentName,
  ports: Ports,
  credentials: Credentials,
): Promise<boolean> {
  // kwok has no page: the nodes that it plays say whether it works.
  if (name === "kwok-controller") {
    const nodes = await nodesOf(`https://127.0.0.1:${ports["kube-apiserver"]}`, credentials);
    return nodes?.every(isReady) === true;
  }
  const tls = certified.has(name) ? credentials : { rejectUnauthorized: false };
  const answer = await call("GET", `https://127.0.0.1:${ports[name]}${healthPages[name]}`, tls);
  return answer?.status === 200;
}

/** Creates nodes and storage classes that are missing; gives what could not be made. */
export async function createObjects(server: string, credentials: Credentials): Promise<string[]> {
  const answers = await Promise.all(
    [...nodes, ...storageClasses].map(async ({ path, body }) => {
      const answer = await call("POST", server + path, credentials, body);
      const there = answer !== undefined && [201, 409].includes(answer.status);
      return there
        ? []
        : [`${body.metadata.name} (${answer === undefined ? "no answer" : JSON.stringify(answer.body)})`];
    }),
  );
  return answers.flat();
}

interface Node {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const isReady = ({ status }: Node): boolean =>
  status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

/** Undefined when the API server does not list them. */
async function nodesOf(server: string, credentials: Credentials): Promise<readonly Node[] | undefined> {
  const list = await call("GET", `${server}/api/v1/nodes`, credentials);
  return list?.status === 200
    ? (list.body as unknown as { readonly items: readonly Node[] }).items
    : undefined;
}

/** What is still missing for the first pod, or undefined. */
export async function whatIsMissing(server: string, credentials: Credentials): Promise<string | undefined> {
  const found = await nodesOf(server, credentials);
  if (found === undefined) return "the list of nodes";
  const ready = found.filter(isReady);
  if (ready.length < nodes.length) return `ready nodes (${ready.length} of ${nodes.length})`;
  // Pods that are posted before it is there are refused.
  const account = await call(
    "GET",
    `${server}/api/v1/namespaces/default/serviceaccounts/default`,
    credentials,
  );
  return account?.status === 200 ? undefined : "the default ServiceAccount";
}
