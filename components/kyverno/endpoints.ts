import { workloadLabels } from "../core/labels.ts";
import type { ApiServer } from "../core/network/api-server.ts";
import type { Edge, Endpoint } from "../core/network/endpoint.ts";

/** Name of the release; the names of the chart's objects begin with it. */
export const KYVERNO = "kyverno";
const WEBHOOK_PORT = 9443;

/** The pods that the API server asks, by the labels that the chart gives them. */
export function kyvernoEndpoints(namespace: string) {
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
 * The API server asks the webhooks; a webhook that it cannot reach refuses (`failurePolicy: Fail`). To look at signatures
 * the admission controller asks registries and Sigstore's trust root, and network policies know no host names (S0.47).
 * What the controllers need of the API server is no edge, since that is no pod: the component lets it through.
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
