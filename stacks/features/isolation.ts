import { isDeepStrictEqual } from "node:util";
import type { Edge, Endpoint, OutsidePods } from "../../components/core/network/endpoint.ts";
import { podsLabelled } from "./exposure.ts";
import { modelServerEndpoint } from "./gateway.ts";
import type { InferenceConfig, MonitoringConfig } from "./isolation-schema.ts";

/** What this feature reads of a stack's configuration. */
export interface IsolationConfigPart {
  readonly inference: InferenceConfig;
  readonly monitoring: MonitoringConfig;
}

/** Who stands beside these borders. */
export interface IsolationNeighbours {
  /** Absent when the feature is off. */
  readonly gateway: Endpoint | undefined;
  /** The servers of the gateway's own models: its edges lead there already. */
  readonly modelServers: readonly Endpoint[];
  /** Namespaces of the tenants who may ask the gateway. */
  readonly tenants: readonly string[];
  /** Where the platform serves metrics. */
  readonly metrics: readonly Endpoint[];
}

/**
 * Ingress from outside the platform: tenants reach the gateway, monitoring reaches metrics, and only gateways and
 * monitoring reach model servers. Tenants reach nothing else, and have no ingress.
 */
export function isolationEdges(config: IsolationConfigPart, neighbours: IsolationNeighbours): Edge[] {
  const { gateway, modelServers, tenants, metrics } = neighbours;
  const servers = config.inference.map((server) => ({ to: modelServerEndpoint(server), server }));
  const guarded = distinct([...modelServers, ...servers.map(({ to }) => to)]);
  const added = guarded.slice(modelServers.length);
  const inNamespace = servers.flatMap(({ to, server: { namespace, gatewayInNamespace } }) =>
    gatewayInNamespace.length === 0
      ? []
      : [
          {
            from: { outside: podsLabelled(namespace, gatewayInNamespace) },
            to,
            ports: Object.keys(to.ports),
          },
        ],
  );
  const readers = monitoringPods(config.monitoring);
  return [
    ...(gateway === undefined
      ? []
      : [
          ...tenants.map((namespace) => ({
            from: { outside: { everyPodOf: namespace } },
            to: gateway,
            ports: Object.keys(gateway.ports),
          })),
          ...added.map((to) => ({ from: gateway, to })),
        ]),
    ...inNamespace,
    ...(readers === undefined
      ? []
      : [...metrics, ...guarded].map((to) => ({
          from: { outside: readers },
          to,
          ports: Object.keys(to.ports),
        }))),
  ];
}

/** Who reads metrics; nobody when nothing is said. */
function monitoringPods({ namespace, podLabels }: MonitoringConfig): OutsidePods | undefined {
  return namespace === undefined ? undefined : podsLabelled(namespace, podLabels);
}

function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.filter(
    (one, index) => endpoints.findIndex((other) => isDeepStrictEqual(other, one)) === index,
  );
}
