import { workloadLabels } from "../core/labels.ts";
import type { ApiServer } from "../core/network/api-server.ts";
import type { Edge, Endpoint } from "../core/network/endpoint.ts";

/** Name of the release, and prefix of the chart's object names. */
export const KYVERNO = "kyverno";
const WEBHOOK_PORT = 9443;

/** The pods that the API server calls, by the labels from the chart. */
function kyvernoEndpoints(namespace: string) {
  const endpoint = (component: string) => ({
    namespace,
    podLabels: workloadLabels(`${KYVERNO}-${component}`, component),
    ports: { webhook: WEBHOOK_PORT },
  });
  return {
    admission: endpoint("admission-controller"),
    cleanup: endpoint("cleanup-controller"),
  } satisfies Record<string, Endpoint>;
}

/**
 * The API server calls the webhooks; it rejects requests if it cannot reach them (`failurePolicy: Fail`). To verify
 * signatures, the admission controller needs registries and Sigstore's trust root, and network policies do not
 * support host names. Access to the API server is not an edge, because the API server is not a pod: the component
 * allows it.
 */
export function kyvernoEdges(namespace: string, apiServer: ApiServer, verifiesImages: boolean): Edge[] {
  const { admission, cleanup } = kyvernoEndpoints(namespace);
  const from = { outside: { cidrs: apiServer.cidrs } };
  return [
    { from, to: admission, ports: ["webhook"] },
    { from, to: cleanup, ports: ["webhook"] },
    ...(verifiesImages ? [{ from: admission, to: { internet: true, ports: [443] } } as const] : []),
  ];
}
