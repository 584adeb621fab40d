import type { ChartSource } from "../core/release/chart.ts";
import type { ApiServer } from "../core/network/api-server.ts";

/** Arguments of {@link Kyverno}. */
export interface KyvernoArgs {
  /** Kyverno's own: its webhooks leave it out. There is one Kyverno in a Kubernetes cluster. */
  readonly namespace: string;
  /**
   * Opens the way to the Kubernetes API, for every pod of the namespace.
   * @default no network policy: for a namespace that is closed by another, or not at all
   */
  readonly apiServer?: ApiServer;
  /** @default {@link KYVERNO_CHART} */
  readonly chart?: ChartSource;
  /**
   * The host that Kyverno's images come from: a mirror.
   * @default the chart's own
   */
  readonly registry?: string;
  /**
   * Several pods of each controller, and a budget for their disruption.
   * @default false
   */
  readonly highAvailability?: boolean;
}
