import { drop, set } from "../../mutate.ts";
import { type Breakages, CONTAINER, container, DEPLOYMENT, STATEFULSET, TEMPLATE } from "./breakage.ts";

export const PODS: Breakages = {
  "pods are hardened": {
    "a service-account token": set(DEPLOYMENT, `${TEMPLATE}.automountServiceAccountToken`, true),
    "no statement on the token": set(DEPLOYMENT, `${TEMPLATE}.automountServiceAccountToken`, undefined),
    "Service environment": set(DEPLOYMENT, `${TEMPLATE}.enableServiceLinks`, undefined),
    "host network": set(DEPLOYMENT, `${TEMPLATE}.hostNetwork`, true),
    "host processes": set(DEPLOYMENT, `${TEMPLATE}.hostPID`, true),
    root: set(DEPLOYMENT, `${TEMPLATE}.securityContext.runAsUser`, 0),
    "any user": set(DEPLOYMENT, `${TEMPLATE}.securityContext.runAsNonRoot`, undefined),
    "another group": set(STATEFULSET, `${TEMPLATE}.securityContext.fsGroup`, 0),
    "no seccomp": set(DEPLOYMENT, `${TEMPLATE}.securityContext.seccompProfile`, undefined),
    "unconfined seccomp": set(
      "postgres-roles-job",
      `${TEMPLATE}.securityContext.seccompProfile.type`,
      "Unconfined",
    ),
  },
  "containers are hardened": {
    "privilege escalation": container("securityContext.allowPrivilegeEscalation", undefined),
    capabilities: container("securityContext.capabilities", undefined),
    "a capability back": container("securityContext.capabilities.add", ["NET_RAW"]),
    privileged: container("securityContext.privileged", true),
    "a writable root": container("securityContext.readOnlyRootFilesystem", false),
    "an init container without": set(DEPLOYMENT, `${TEMPLATE}.initContainers`, [
      { name: "init", image: "x:1.0" },
    ]),
  },
  "containers have requests and a memory limit": {
    "no memory limit": container("resources.limits", undefined),
    "no CPU request": container("resources.requests.cpu", undefined),
    "no resources": container("resources", undefined),
    "a limit below the request": container("resources.limits.memory", "1Mi"),
  },
  "servers have probes, and none asks /health": {
    "/health": container("livenessProbe.httpGet.path", "/health"),
    "/health/": container("livenessProbe.httpGet.path", "/health/?x=1"),
    "/health of a server that may require a login there": set(
      "phoenix-server-statefulset",
      `${CONTAINER}.livenessProbe.httpGet.path`,
      "/health",
    ),
    "no startup probe": container("startupProbe", undefined),
    "no readiness probe": container("readinessProbe", undefined),
    "an unknown port": container("readinessProbe.httpGet.port", "web"),
    "an empty probe": container("readinessProbe.httpGet", undefined),
    "a Job with a probe": set("postgres-roles-job", `${CONTAINER}.livenessProbe`, {
      exec: { command: ["true"] },
    }),
  },
  "images are exact and not on the deny list": {
    latest: container("image", "ghcr.io/berriai/litellm-non_root:latest"),
    "main-stable": container("image", "ghcr.io/berriai/litellm-non_root:main-v1.90.0-stable"),
    "no tag": container("image", "ghcr.io/berriai/litellm-non_root"),
    "a major version": set(STATEFULSET, `${CONTAINER}.image`, "docker.io/library/postgres:18"),
    "a half digest": set(STATEFULSET, `${CONTAINER}.image`, "docker.io/library/postgres:18.6@sha256:abc"),
    "a known hole": container("image", "ghcr.io/berriai/litellm-non_root:v1.83.9"),
    "a malicious release": container("image", "ghcr.io/berriai/litellm-non_root:v1.82.8"),
    "any registry": set(STATEFULSET, `${CONTAINER}.image`, "postgres:18.6"),
    "Phoenix's form of another image": set(
      STATEFULSET,
      `${CONTAINER}.image`,
      "docker.io/library/postgres:version-18.6.0-nonroot",
    ),
    "Phoenix's form of another Phoenix": set(
      "phoenix-server-statefulset",
      `${CONTAINER}.image`,
      "docker.io/other/phoenix:version-20.26.1-nonroot",
    ),
    "Phoenix without a version": set(
      "phoenix-server-statefulset",
      `${CONTAINER}.image`,
      "docker.io/arizephoenix/phoenix:version-nonroot",
    ),
  },
  "environment names what comes before": {
    "the wrong order": container("env", [
      { name: "A", value: "$(B)" },
      { name: "B", value: "b" },
    ]),
    twice: container("env", [
      { name: "A", value: "a" },
      { name: "A", value: "b" },
    ]),
  },
  "volumes are bounded, mounted and of known kinds": {
    "no size limit": set(DEPLOYMENT, `${TEMPLATE}.volumes.1.emptyDir`, {}),
    "a host path": set(DEPLOYMENT, `${TEMPLATE}.volumes.1`, { name: "tmp", hostPath: { path: "/" } }),
    "an unmounted volume": set(DEPLOYMENT, `${TEMPLATE}.volumes.2`, {
      name: "x",
      emptyDir: { sizeLimit: "1Mi" },
    }),
    "a mount of nothing": container("volumeMounts.1.name", "other"),
    "a writable ConfigMap": container("volumeMounts.0.readOnly", undefined),
    "a path twice": container("volumeMounts.0.mountPath", "/tmp"),
    "a name twice": set(DEPLOYMENT, `${TEMPLATE}.volumes.0.name`, "tmp"),
  },
  "replicas have a disruption budget and a spread": {
    "no budget": drop("litellm-server-disruption-budget"),
    "no spread": set(DEPLOYMENT, `${TEMPLATE}.topologySpreadConstraints`, undefined),
    "a budget for one pod": set(DEPLOYMENT, "inputs.spec.replicas", 1),
  },
};
