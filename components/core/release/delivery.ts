import type { AnyChart, ReleaseOptions } from "./chart.ts";

/** How an application is deployed: with the platform's manifests, or with its official chart. */
export type Delivery =
  | { readonly kind: "manifests" }
  | ({
      readonly kind: "helm";
      readonly chart: AnyChart;
    } & Pick<ReleaseOptions, "timeoutSeconds">);

export type DeliveryKind = Delivery["kind"];
