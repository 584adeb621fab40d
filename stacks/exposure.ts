import type { OutsidePods } from "../components/core/network/endpoint.ts";
import type { Exposure, Sources } from "../components/core/workload/exposure.ts";
import type { ExposureConfig, IngressControllerConfig } from "./schema/exposure.ts";
import { labelsOf } from "./schema/names.ts";

/** Converts a checked section to an exposure. */
export function exposureOf(config: ExposureConfig, controller: IngressControllerConfig): Exposure {
  const { kind } = config;
  // `exposureProblems` guarantees the keys that a kind needs.
  const { nodePort = 0, host = "", ingressClass = "", tlsSecret = "" } = config;
  const { gateway: name = "", gatewayNamespace: namespace = "", gatewayListener: listener = "" } = config;
  switch (kind) {
    case "none":
      return { kind };
    case "nodePort":
      return { kind, nodePort, sources: sourcesOf(config) };
    case "loadBalancer":
      return { kind, sources: sourcesOf(config) };
    case "ingress":
      return { kind, host, ingressClass, tlsSecret, controller: controllerPods(controller) };
    case "gatewayRoute":
      return { kind, host, gateway: { name, namespace, listener }, controller: controllerPods(controller) };
  }
}

function sourcesOf({ openToAll, sourceRanges }: ExposureConfig): Sources {
  return openToAll ? "everybody" : sourceRanges;
}

function controllerPods({ namespace = "", podLabels }: IngressControllerConfig): OutsidePods {
  return { namespace, podLabels: labelsOf(podLabels) };
}
