/** Connections of each pod to its database. */
export const POOL_CONNECTIONS = 10;
/** Pods beside the wanted ones during a rollout. */
const SURGE_PODS = 1;

/** The most connections of all pods and of the Job that migrates the database. */
export function connectionsOfPods({
  replicas,
  autoscale,
}: {
  readonly replicas: number;
  readonly autoscale?: { readonly maxReplicas: number } | undefined;
}): number {
  const pods = Math.max(replicas, autoscale?.maxReplicas ?? 0) + SURGE_PODS;
  return (pods + 1) * POOL_CONNECTIONS;
}
