import type { ChartSource } from "../core/release/chart.ts";
import type { ApiServer } from "../core/network/api-server.ts";

/** Arguments of {@link Kyverno}. */
export interface KyvernoArgs {
  /** Namespace for Kyverno only, because its webhooks exclude it. A cluster can have one Kyverno. */
  readonly namespace: string;
  /**
   * Opens the way to the Kubernetes API, for every pod of the namespace.
   * @default no network policy: for a namespace that is closed by another, or not at all
   */
  readonly apiServer?: ApiServer;
  /** @default {@link KYVERNO_CHART} */
  readonly chart?: ChartSource;
  /**
   * The registry host for Kyverno's images, such as a mirror.
   * @default the chart's own
   */
  readonly registry?: string;
  /**
   * Runs several pods of each controller, with a disruption budget.
   * @default false
   */
  readonly highAvailability?: boolean;
}
