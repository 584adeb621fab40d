import { z } from "zod";
import { renderTable } from "./table.ts";

/** One entry of the stack output `services`: a service of the platform, and its workload. */
const serviceSchema = z.object({
  component: z.string(),
  namespace: z.string(),
  address: z.string(),
  protocol: z.enum(["http", "tcp"]),
  workload: z.object({ kind: z.string(), name: z.string() }),
});
export type Service = z.infer<typeof serviceSchema>;
/** One entry of the stack output `secrets`: where a password or key is, never its value. */
const secretSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  key: z.string(),
  service: z.string(),
  user: z.string().optional(),
});
export type Secret = z.infer<typeof secretSchema>;
export const signInSchema = z.looseObject({
  services: z.array(serviceSchema),
  secrets: z.record(z.string(), secretSchema),
});
export const outputsSchema = z.looseObject({
  // Absent until an update has completed.
  services: z.array(serviceSchema).default([]),
});

/** The part of a live object that shows whether it is ready. */
const conditionSchema = z.looseObject({
  type: z.string(),
  status: z.string(),
  message: z.string().optional(),
});
export const liveObjectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), generation: z.number().optional() }),
  spec: z.looseObject({ replicas: z.number().optional() }).optional(),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      readyReplicas: z.number().optional(),
      updatedReplicas: z.number().optional(),
      numberReady: z.number().optional(),
      desiredNumberScheduled: z.number().optional(),
      conditions: z.array(conditionSchema).optional(),
    })
    .optional(),
});
export type LiveObject = z.infer<typeof liveObjectSchema>;

export interface Readiness {
  readonly ready: boolean;
  readonly text: string;
}

const counted = (ready: number, wanted: number): Readiness => ({
  ready: ready >= wanted,
  text: ready >= wanted ? "ready" : `not ready: ${ready} of ${wanted} pods`,
});

/** Whether a workload is ready. Other kinds are judged by their condition `Ready`. */
export function readiness(live: LiveObject | undefined): Readiness {
  if (live === undefined) return { ready: false, text: "not there" };
  const { metadata, spec, status } = live;
  if (metadata.generation !== undefined && status?.observedGeneration !== undefined) {
    if (status.observedGeneration < metadata.generation) return { ready: false, text: "not ready: changing" };
  }
  const condition = (type: string): z.infer<typeof conditionSchema> | undefined =>
    status?.conditions?.find((candidate) => candidate.type === type);
  switch (live.kind) {
    case "Deployment":
    case "StatefulSet":
      return counted(Math.min(status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0), spec?.replicas ?? 1);
    case "DaemonSet":
      // A DaemonSet without matching nodes wants no pod and therefore does not serve.
      return counted(status?.numberReady ?? 0, Math.max(1, status?.desiredNumberScheduled ?? 1));
    default: {
      const found = condition(live.kind === "Job" ? "Complete" : "Ready");
      if (found?.status === "True") return { ready: true, text: "ready" };
      const message = found?.message;
      return { ready: false, text: message === undefined ? "not ready" : `not ready: ${message}` };
    }
  }
}

/** The table at the end of `make up` and `make status`. It has a column of URLs if there are any. */
export function renderServices(
  services: readonly (Service & { readonly state: Readiness; readonly url?: string })[],
): string {
  const withUrl = services.some(({ url }) => url !== undefined);
  return renderTable(
    ["COMPONENT", "NAMESPACE", "ADDRESS", "STATE", ...(withUrl ? ["URL"] : [])],
    services.map(({ component, namespace, address, state, url }) => [
      component,
      namespace,
      address,
      state.text,
      ...(withUrl ? [url ?? ""] : []),
    ]),
  );
}
