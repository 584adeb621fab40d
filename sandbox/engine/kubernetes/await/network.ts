import { at, isMap, listAt, mapAt, nameOf, textAt } from "../../../kubernetes/json.ts";
import type { KubeObject } from "../../../kubernetes/json.ts";
import { ENDPOINT_SLICES, SERVICES, waitingFor } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** The official provider accepts a Service without endpoints after this time, because its pods may come later or never. */
const SETTLE_SECONDS = 10;

/**
 * The official provider always waits 10 s for endpoints to settle. Here a Service is ready with its first ready endpoint,
 * so that the sandbox does not wait without need.
 */
export const serviceRule: Rule = {
  timeoutSeconds: 600,
  related: [ENDPOINT_SLICES],
  decide: ({ object, related }) => {
    const missing = isLoadBalancer(object) && !hasAddress(object) ? [NO_ADDRESS] : [];
    if (!sendsToPods(object)) return waitingFor(missing);
    const endpoints = endpointsOf(nameOf(object), related(ENDPOINT_SLICES));
    if (endpoints.some(isReadyEndpoint)) return waitingFor(missing);
    if (endpoints.length > 0) return waitingFor([...missing, "no selected Pod is ready"]);
    const reason = "no Pod matches spec.selector";
    if (missing.length > 0) return waitingFor([...missing, reason]);
    return { state: "waiting", reasons: [reason], settlesAfterSeconds: SETTLE_SECONDS };
  },
};

const NO_ADDRESS = "status.loadBalancer has no address: does the cluster have a controller that gives one?";

function isLoadBalancer(service: KubeObject): boolean {
  return textAt(service, "spec", "type") === "LoadBalancer";
}

function hasAddress(object: KubeObject): boolean {
  return listAt(object, "status", "loadBalancer", "ingress").length > 0;
}

function sendsToPods(service: KubeObject): boolean {
  return (
    textAt(service, "spec", "type") !== "ExternalName" &&
    textAt(service, "spec", "clusterIP") !== "None" &&
    Object.keys(mapAt(service, "spec", "selector")).length > 0
  );
}

function endpointsOf(service: string, slices: readonly KubeObject[]): KubeObject[] {
  return slices
    .filter((slice) => textAt(slice, "metadata", "labels", "kubernetes.io/service-name") === service)
    .flatMap((slice) => listAt(slice, "endpoints"));
}

/** An absent condition means ready. */
function isReadyEndpoint(endpoint: KubeObject): boolean {
  return at(endpoint, "conditions", "ready") !== false;
}

export const ingressRule: Rule = {
  timeoutSeconds: 600,
  related: [SERVICES, ENDPOINT_SLICES],
  decide: ({ object, related }) => {
    const address = hasAddress(object) ? [] : [NO_ADDRESS];
    const missing = backendsOf(object).filter((name) => {
      const service = related(SERVICES).find((candidate) => nameOf(candidate) === name);
      if (service && !sendsToPods(service)) return false;
      return !endpointsOf(name, related(ENDPOINT_SLICES)).some(isReadyEndpoint);
    });
    const backends = missing.map((name) => `the backend Service ${name} has no ready endpoint`);
    if (address.length > 0 || backends.length === 0) return waitingFor([...address, ...backends]);
    return { state: "waiting", reasons: backends, settlesAfterSeconds: SETTLE_SECONDS };
  },
};

function backendsOf(ingress: KubeObject): string[] {
  const paths = listAt(ingress, "spec", "rules").flatMap((rule) => listAt(rule, "http", "paths"));
  const backends = [at(ingress, "spec", "defaultBackend"), ...paths.map((path) => path["backend"])].filter(
    isMap,
  );
  const names = backends.map((backend) => textAt(backend, "service", "name"));
  return [...new Set(names.filter((name) => name !== undefined))];
}
