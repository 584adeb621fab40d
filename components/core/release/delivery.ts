import type { ArgumentProblem } from "../invalid-args.ts";
import { type AnyChart, releaseOf, releaseTimeout } from "./chart.ts";

/** How an application is deployed: with the platform's manifests, or with its official chart. */
export type Delivery =
  | { readonly kind: "manifests" }
  | {
      readonly kind: "helm";
      readonly chart: AnyChart;
      /**
       * How long the release may take until its pods are ready, in seconds. At least as long as a pod may take to start.
       * @default five minutes more than that
       */
      readonly timeoutSeconds?: number;
    };

export type DeliveryKind = Delivery["kind"];

/** The inputs of the release of an application whose pods may take `startSeconds` to start. */
export function deliveryRelease(
  { chart, timeoutSeconds }: Extract<Delivery, { kind: "helm" }>,
  startSeconds: number,
) {
  return releaseOf(chart, timeoutSeconds ?? releaseTimeout(startSeconds));
}

/** Helm would give up, and report a failure, while a pod still starts. */
export function deliveryProblems(delivery: Delivery | undefined, startSeconds: number): ArgumentProblem[] {
  if (delivery?.kind !== "helm" || (delivery.timeoutSeconds ?? startSeconds) >= startSeconds) return [];
  const reason = `must be at least ${startSeconds}: a pod may take so long to start`;
  return [{ propertyPath: "delivery.timeoutSeconds", reason }];
}
