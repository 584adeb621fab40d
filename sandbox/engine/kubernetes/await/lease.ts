import { ApiError } from "../api-error.ts";
import type { Cluster, Place } from "../cluster.ts";
import type { KubeObject } from "../../../kubernetes/json.ts";
import type { Informers, Lease } from "./informers.ts";

const POLL_SECONDS = 1;

/** The object that a resource waits for: watched, or polled if there is only the right to get it. */
export async function leaseObject(informers: Informers, cluster: Cluster, place: Place): Promise<Lease> {
  try {
    return await informers.open(place.resource, place.namespace);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return await poll(cluster, place);
  }
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

async function poll(cluster: Cluster, place: Place): Promise<Lease> {
  let current: KubeObject | undefined = await cluster.get(place);
  const listeners = new Set<() => void>();
  const look = async () => {
    try {
      current = await cluster.get(place);
    } catch {
      return; // the next read may succeed, and the wait has its own limit
    }
    for (const listener of listeners) listener();
  };
  const timer = setInterval(() => void look(), POLL_SECONDS * 1000);
  return {
    get: () => current,
    list: () => (current ? [current] : []),
    onChange: (listener) => listeners.add(listener),
    close: () => clearInterval(timer),
  };
}
