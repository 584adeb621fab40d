import type { PodArgs } from "../../../../../components/core/workload/render-pod.ts";

export const IDENTITY = { application: "app", role: "server" };
export const SELECTOR = { "app.kubernetes.io/name": "app", "app.kubernetes.io/component": "server" };
export const LABELS = {
  ...SELECTOR,
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
export const MINIMAL: PodArgs = {
  image: { repository: "registry.example.org/app", tag: "1.2.3" },
  uid: 1000,
  resources: { cpuRequestMillicores: 100, memoryRequestMi: 64, memoryLimitMi: 128 },
};
