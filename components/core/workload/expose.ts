import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Exposure } from "./exposure.ts";
import { type Exposed, renderExternalService, renderHttpRoute, renderIngress } from "./render-exposure.ts";

/** The object that exposes a workload outside the cluster; undefined for `none`. */
export function expose(
  name: string,
  exposed: Exposed,
  exposure: Exposure,
  opts: pulumi.CustomResourceOptions,
): void {
  switch (exposure.kind) {
    case "none":
      return;
    case "nodePort":
    case "loadBalancer":
      new kubernetes.core.v1.Service(
        `${name}-external-service`,
        renderExternalService(exposed, exposure),
        opts,
      );
      return;
    case "ingress":
      new kubernetes.networking.v1.Ingress(`${name}-ingress`, renderIngress(exposed, exposure), opts);
      return;
    case "gatewayRoute":
      new kubernetes.apiextensions.CustomResource(`${name}-route`, renderHttpRoute(exposed, exposure), opts);
  }
}
