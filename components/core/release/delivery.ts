import type { ChartSource } from "./chart.ts";

/** How an application is deployed: with the platform's manifests, or with its official chart. */
export type Delivery =
  | { readonly kind: "manifests" }
  | {
      readonly kind: "helm";
      /** A local chart contains its version. */
      readonly chart: Omit<ChartSource, "version"> & Partial<Pick<ChartSource, "version">>;
      /**
       * How long a release may take until its pods are ready.
       * @default 600
       */
      readonly timeoutSeconds?: number;
    };

export type DeliveryKind = Delivery["kind"];
