/** Where a chart comes from. */
export interface ChartSource {
  /** `oci://registry/path`, a folder or archive on this machine, or a chart's name in `repository`. */
  readonly chart: string;
  /** An exact version; a chart on this machine says its own. */
  readonly version?: string;
  /**
   * Address of a chart repository.
   * @default none
   */
  readonly repository?: string;
}

/** How the gateway gets into the cluster: by our own manifests, or by the official chart. */
export type Delivery =
  | { readonly kind: "manifests" }
  | {
      readonly kind: "helm";
      readonly chart: ChartSource;
      /**
       * How long a release may take until its pods are ready.
       * @default 600
       */
      readonly timeoutSeconds?: number;
    };

export type DeliveryKind = Delivery["kind"];
