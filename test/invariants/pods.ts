import { isDeepStrictEqual } from "node:util";
import {
  claimTemplatesOf,
  type Container,
  containersOf,
  describeObject,
  fileSources,
  objects,
  type PodOwner,
  podOwners,
} from "../kubernetes.ts";
import { FREE_HEALTH, TAG_FORMS } from "./exceptions.ts";
import type { Invariant } from "./invariant.ts";

function everyPod(check: (owner: PodOwner) => string[]): Invariant {
  return ({ recording }) =>
    podOwners(recording).flatMap((owner) =>
      check(owner).map((problem) => `${describeObject(owner)}: ${problem}`),
    );
}

function everyContainer(check: (container: Container, owner: PodOwner) => string[]): Invariant {
  return everyPod((owner) =>
    containersOf(owner.pod).flatMap((container) =>
      check(container, owner).map((problem) => `container ${container.name}: ${problem}`),
    ),
  );
}

function differences(found: unknown, wanted: Readonly<Record<string, unknown>>): string[] {
  const values = (found ?? {}) as Record<string, unknown>;
  return Object.entries(wanted)
    .filter(([field, value]) => !isDeepStrictEqual(values[field], value))
    .map(([field, value]) => `${field} is ${JSON.stringify(values[field])}, not ${JSON.stringify(value)}`);
}

/** Pod Security `restricted`, and the fields that it leaves open. */
export const podsAreHardened: Invariant = everyPod(({ pod }) => {
  const context = pod.securityContext ?? {};
  const user = context["runAsUser"];
  return [
    ...differences(pod, { automountServiceAccountToken: false, enableServiceLinks: false }),
    ...["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "ephemeralContainers", "hostUsers"]
      .filter((field) => pod[field] !== undefined)
      .map((field) => `${field} is set`),
    ...differences(context, {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    }),
    ...(typeof user === "number" && user > 0 ? [] : [`runAsUser is ${JSON.stringify(user)}`]),
    ...(isSquashed(context)
      ? []
      : differences(context, { runAsGroup: user, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch" })),
    ...(context["sysctls"] === undefined ? [] : ["sysctls are set"]),
  ];
});

/** On a share that squashes all users, a pod runs as its owner, without chown (docs/references.md#squashed-shares). */
function isSquashed(context: Readonly<Record<string, unknown>>): boolean {
  const { runAsGroup, fsGroup, fsGroupChangePolicy } = context;
  return (
    fsGroup === undefined &&
    fsGroupChangePolicy === undefined &&
    typeof runAsGroup === "number" &&
    runAsGroup > 0
  );
}

export const containersAreHardened: Invariant = everyContainer((container) => {
  const wanted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
  };
  // Exactly these: a field more would override what the pod says.
  return isDeepStrictEqual(container["securityContext"], wanted)
    ? []
    : [`securityContext is ${JSON.stringify(container["securityContext"])}`];
});

export const containersHaveRequestsAndLimits: Invariant = everyContainer(({ resources }) => {
  const { requests = {}, limits = {} } = resources ?? {};
  const memory = [requests["memory"], limits["memory"]].map((text) =>
    Number(/^(\d+)Mi$/.exec(text ?? "")?.[1]),
  );
  const [request = NaN, limit = NaN] = memory;
  return [
    ...(/^[1-9]\d*m$/.test(requests["cpu"] ?? "") ? [] : [`cpu request is ${String(requests["cpu"])}`]),
    ...(request > 0 && request <= limit
      ? []
      : [`memory is ${String(requests["memory"])} to ${String(limits["memory"])}`]),
  ];
});

/** Servers have all three probes; none asks /health, which may call every model with a key, unless it is known to be free. */
export const serversHaveProbes: Invariant = everyContainer((container, { kind, labels }) => {
  const isFree = (labels["app.kubernetes.io/name"] ?? "") in FREE_HEALTH;
  const { startupProbe, readinessProbe, livenessProbe, ports = [] } = container;
  const probes = Object.entries({ startupProbe, readinessProbe, livenessProbe });
  if (kind === "Job")
    return probes.filter(([, probe]) => probe !== undefined).map(([name]) => `a Job with a ${name}`);
  return probes.flatMap(([name, probe]) => {
    if (probe === undefined) return [`no ${name}`];
    const port = (probe.httpGet ?? probe.tcpSocket)?.port;
    const path = probe.httpGet?.path.replace(/[?#].*$/, "").replace(/\/+$/, "");
    return [
      ...(port === undefined && probe.exec === undefined ? [`${name} asks nothing`] : []),
      ...(path === "/health" && !isFree ? [`${name} asks /health`] : []),
      ...(port === undefined || ports.some((candidate) => candidate.name === port)
        ? []
        : [`${name} asks the port ${String(port)}, which the container does not have`]),
    ];
  });
});

const IMAGE =
  /^(?<repository>[a-z0-9.-]+\.[a-z]+(:\d+)?(\/[a-z0-9._-]+)+):(?<tag>[^@:]+)(?<digest>@sha256:[0-9a-f]{64})?$/;

/** An exact version: at least two numbers, and no word that a registry moves. */
const EXACT_TAG = /^v?\d+\.\d+(\.\d+)*([-.][a-z0-9]+)*$/;
const MOVING = /latest|stable|main|master|edge|nightly|dev/;

export const imagesAreExact: Invariant = everyContainer(({ image }) => {
  const { tag = "", repository = "" } = IMAGE.exec(image)?.groups ?? {};
  const ownForm = Object.entries(TAG_FORMS).find(([end]) => `/${repository}`.endsWith(end));
  if (!(ownForm?.[1] ?? EXACT_TAG).test(tag) || MOVING.test(tag))
    return [`the image ${image} has no exact version`];
  return repository.includes("litellm") && isDeniedLitellm(tag)
    ? [`the image ${image} is on the deny list`]
    : [];
});

/** Releases below 1.84 have known vulnerabilities or were malicious (docs/references.md#litellm-releases). */
export function isDeniedLitellm(tag: string): boolean {
  const [major = 0, minor = 0] = tag.replace(/^\D+/, "").split(".").map(Number);
  return major < 1 || (major === 1 && minor < 84);
}

/** The kubelet expands `$(NAME)` for earlier variables only (docs/references.md#pod-environment). */
export const environmentIsInOrder: Invariant = everyContainer(({ env = [] }) =>
  env.flatMap(({ name, value = "" }, index) => {
    const before = env.slice(0, index).map((variable) => variable.name);
    const named = [...value.matchAll(/\$\(([^)]+)\)/g)].map(([, variable = ""]) => variable);
    return [
      ...named
        .filter((variable) => !before.includes(variable))
        .map((variable) => `${name} names $(${variable}) too early`),
      ...(before.includes(name) ? [`${name} is there twice`] : []),
    ];
  }),
);

/** The root file system is read-only, so what is mounted is all that can be written: bounded scratch and claims. */
export const volumesAreBounded: Invariant = everyPod((owner) => {
  const { pod } = owner;
  const volumes = pod.volumes ?? [];
  const templates = claimTemplatesOf(owner).map(({ metadata }) => metadata.name);
  // Without an fsGroup a Secret's files belong to root, and other users cannot read them.
  const widest = pod.securityContext?.["fsGroup"] === undefined ? 0o444 : 0o440;
  const mounts = containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts);
  return [
    ...volumes.flatMap((volume) => {
      const { name, ...sources } = volume;
      const kinds = Object.keys(sources);
      const allowed = ["emptyDir", "configMap", "secret", "projected", "persistentVolumeClaim"];
      const mode = (volume.secret ?? volume.projected)?.defaultMode;
      return [
        ...(kinds.length === 1 && kinds.every((kind) => allowed.includes(kind))
          ? []
          : [`volume ${name} is ${kinds.join()}`]),
        ...(volume.emptyDir !== undefined && !/^[1-9]\d*Mi$/.test(volume.emptyDir.sizeLimit ?? "")
          ? [`volume ${name} has no size limit`]
          : []),
        ...(mounts.some((mount) => mount.name === name) ? [] : [`volume ${name} is mounted nowhere`]),
        ...((volume.secret ?? volume.projected) === undefined || mode === widest
          ? []
          : [`volume ${name} has the mode ${mode?.toString(8) ?? "of everybody"}`]),
      ];
    }),
    ...templates
      .filter((name) => !mounts.some((mount) => mount.name === name))
      .map((name) => `the volume ${name} of each pod is mounted nowhere`),
    ...mounts.flatMap(({ name, mountPath, readOnly }) => {
      const volume = volumes.find((candidate) => candidate.name === name);
      if (templates.includes(name)) return [];
      if (volume === undefined) return [`${mountPath} mounts the volume ${name}, which is not there`];
      return fileSources(volume).length > 0 && readOnly !== true
        ? [`${mountPath} is a writable ConfigMap or Secret`]
        : [];
    }),
    ...(new Set(mounts.map(({ mountPath }) => mountPath)).size === mounts.length
      ? []
      : ["a path is mounted twice"]),
    ...(new Set([...volumes.map(({ name }) => name), ...templates]).size === volumes.length + templates.length
      ? []
      : ["two volumes have one name"]),
  ];
});

/**
 * More than one pod, or an autoscaler that may make more: a disruption budget and a spread; one pod: neither, or its node
 * could never be drained. An autoscaler owns the number of pods, so no controller that has one declares it.
 */
export const replicasHaveABudget: Invariant = ({ recording }) => {
  const budgets = objects(recording, "PodDisruptionBudget");
  const autoscalers = objects(recording, "HorizontalPodAutoscaler");
  return podOwners(recording).flatMap((owner) => {
    const { replicas } = owner.manifest.spec as { replicas?: number };
    const autoscaled = autoscalers.some(
      ({ namespace, manifest }) => namespace === owner.namespace && scales(manifest.spec, owner),
    );
    const wanted = (replicas ?? 1) > 1 || autoscaled;
    const budget = budgets.some(
      ({ name, namespace }) => name === owner.name && namespace === owner.namespace,
    );
    const spread = owner.pod["topologySpreadConstraints"] !== undefined;
    return [
      ...(autoscaled && replicas !== undefined
        ? [`${describeObject(owner)} declares the replicas that an autoscaler owns`]
        : []),
      ...(budget === wanted ? [] : [`${describeObject(owner)} has ${budget ? "a" : "no"} disruption budget`]),
      ...(spread === wanted ? [] : [`${describeObject(owner)} has ${spread ? "a" : "no"} spread`]),
    ];
  });
};

function scales(autoscaler: unknown, owner: PodOwner): boolean {
  const { scaleTargetRef } = autoscaler as { scaleTargetRef: { kind: string; name: string } };
  return scaleTargetRef.kind === owner.kind && scaleTargetRef.name === owner.name;
}
