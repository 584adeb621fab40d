// Whether the cluster works: each component by its own health page, and what a deployment needs to be there.
import type { Credentials } from "./access.ts";
import { call } from "./access.ts";
import type { ComponentName, Ports } from "./layout.ts";
import { nodes, storageClasses } from "./objects.ts";

const healthPages: Readonly<Record<ComponentName, { scheme: "http" | "https"; path: string }>> = {
  etcd: { scheme: "http", path: "/health" },
  "kube-apiserver": { scheme: "https", path: "/readyz" },
  "kube-controller-manager": { scheme: "https", path: "/healthz" },
  "kube-scheduler": { scheme: "https", path: "/healthz" },
  "kwok-controller": { scheme: "http", path: "/healthz" },
};

export async function isHealthy(
  name: ComponentName,
  ports: Ports,
  credentials: Credentials,
): Promise<boolean> {
  const { scheme, path } = healthPages[name];
  // Controller manager and scheduler make a certificate of their own at each start: on loopback, that is fine.
  const tls = name === "kube-apiserver" ? credentials : { rejectUnauthorized: false };
  const answer = await call("GET", `${scheme}://127.0.0.1:${ports[name]}${path}`, tls);
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

interface NodeList {
  readonly items: readonly {
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** What is still missing for the first pod, or undefined. */
export async function whatIsMissing(server: string, credentials: Credentials): Promise<string | undefined> {
  const list = await call("GET", `${server}/api/v1/nodes`, credentials);
  if (list?.status !== 200) return "the list of nodes";
  const ready = (list.body as unknown as NodeList).items.filter(({ status }) =>
    status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  if (ready.length < nodes.length) return `ready nodes (${ready.length} of ${nodes.length})`;
  // Pods that are posted before it is there are refused.
  const account = await call(
    "GET",
    `${server}/api/v1/namespaces/default/serviceaccounts/default`,
    credentials,
  );
  return account?.status === 200 ? undefined : "the default ServiceAccount";
}
