import type { ChartSource } from "./chart.ts";

/** How an application gets into the cluster: by our own manifests, or by its official chart. */
export type Delivery =
  | { readonly kind: "manifests" }
  | {
      readonly kind: "helm";
      /** A chart on this machine says its version itself. */
      readonly chart: Omit<ChartSource, "version"> & Partial<Pick<ChartSource, "version">>;
      /**
       * How long a release may take until its pods are ready.
       * @default 600
       */
      readonly timeoutSeconds?: number;
    };

export type DeliveryKind = Delivery["kind"];
