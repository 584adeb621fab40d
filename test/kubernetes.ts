import type { RecordedResource, Recording } from "./recording.ts";
import { redact } from "./secrets.ts";

/** A Kubernetes object that a program makes. */
export interface KubernetesObject {
  readonly resource: RecordedResource;
  readonly kind: string;
  /** Empty for cluster-wide kinds. */
  readonly namespace: string;
  /** The given name where the program gives none. */
  readonly name: string;
  readonly manifest: Manifest;
}

/** The parts of manifests that tests read; secrets as `[secret]`. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

export type Labels = Readonly<Record<string, string>>;

/** Pods of one controller. */
export interface PodOwner extends KubernetesObject {
  readonly labels: Labels;
  readonly pod: PodSpec;
}

export interface PodSpec {
  readonly [field: string]: unknown;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly Volume[];
  readonly serviceAccountName?: string;
}

export interface Container {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly ports?: readonly ContainerPort[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface ContainerPort {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol: string;
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
  readonly tcpSocket?: { readonly port: string | number };
  readonly exec?: { readonly command: readonly string[] };
  readonly [field: string]: unknown;
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string };
  readonly configMap?: VolumeFiles & { readonly name: string };
  readonly secret?: VolumeFiles & { readonly secretName: string; readonly defaultMode?: number };
  readonly projected?: {
    readonly defaultMode?: number;
    readonly sources: readonly {
      readonly configMap?: VolumeFiles & { readonly name: string };
      readonly secret?: VolumeFiles & { readonly name: string };
    }[];
  };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly [source: string]: unknown;
}

interface VolumeFiles {
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface NetworkPolicySpec {
  readonly podSelector: { readonly matchLabels?: Labels };
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
  readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
}

export interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
  readonly podSelector?: { readonly matchLabels?: Labels };
}

export interface PolicyPort {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** All Kubernetes objects of a program, or those of one kind. What a Helm release makes is its chart's, and not known here. */
export function objects(recording: Recording, kind?: string): KubernetesObject[] {
  return allObjects(recording).filter((object) => kind === undefined || object.kind === kind);
}

const allObjects = once((recording) =>
  recording.resources
    .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"))
    .map(objectOf),
);

/** Recordings do not change, and every invariant asks for the same objects: each is read once. */
function once<Found>(find: (recording: Recording) => readonly Found[]) {
  const found = new WeakMap<Recording, readonly Found[]>();
  return (recording: Recording): readonly Found[] => {
    const known = found.get(recording) ?? find(recording);
    found.set(recording, known);
    return known;
  };
}

function objectOf(resource: RecordedResource): KubernetesObject {
  const manifest = redact(resource.inputs) as Manifest;
  return {
    resource,
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? "",
    name: resource.id.split("/").at(-1) ?? "",
    manifest,
  };
}

/** Whatever makes pods. A kind that is not known here would go unchecked, so it is refused. */
export function podOwners(recording: Recording): readonly PodOwner[] {
  return allPodOwners(recording);
}

const allPodOwners = once((recording) =>
  objects(recording).flatMap((object) => {
    const template = podTemplateOf(object.manifest.spec);
    if (template === undefined) return [];
    return [{ ...object, labels: template.metadata?.labels ?? {}, pod: template.spec }];
  }),
);

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels };
  readonly spec: PodSpec;
}

/** The pod template of Deployments, StatefulSets, DaemonSets and Jobs, of CronJobs, or a Pod's own spec. */
function podTemplateOf(spec: unknown): PodTemplate | undefined {
  const { template, jobTemplate, containers } = (spec ?? {}) as {
    template?: PodTemplate;
    jobTemplate?: { spec: unknown };
    containers?: unknown;
  };
  if (containers !== undefined) throw new Error("bare Pods are not known to test/kubernetes.ts");
  if (jobTemplate !== undefined) return podTemplateOf(jobTemplate.spec);
  return template?.spec === undefined ? undefined : template;
}

/** The only controller of pods, or the only one of a kind, and the first container of its pods. */
export function onlyPods(recording: Recording, kind?: string): { owner: PodOwner; container: Container } {
  const [owner, ...others] = podOwners(recording).filter((each) => kind === undefined || each.kind === kind);
  const container = owner?.pod.containers[0];
  if (owner === undefined || container === undefined || others.length > 0)
    throw new Error(`not one ${kind ?? "controller of pods"}`);
  return { owner, container };
}

/** The environment of a container: values, or where they are. */
export const environment = ({ env = [] }: Container) =>
  Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.secretKeyRef]));

/** What a StatefulSet makes for each of its pods. */
export interface ClaimTemplate {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

export function claimTemplatesOf(owner: KubernetesObject): readonly ClaimTemplate[] {
  return (
    (owner.manifest.spec as { volumeClaimTemplates?: readonly ClaimTemplate[] }).volumeClaimTemplates ?? []
  );
}

/** One ConfigMap or Secret that a volume takes files from. */
export interface FileSource extends VolumeFiles {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
}

/** The ConfigMaps and Secrets of a volume. */
export function fileSources(volume: Volume): FileSource[] {
  const sources = [volume, ...(volume.projected?.sources ?? [])];
  return sources.flatMap(({ configMap, secret }): FileSource[] => {
    if (configMap !== undefined) return [{ ...configMap, kind: "ConfigMap" }];
    if (secret === undefined) return [];
    return [{ ...secret, kind: "Secret", name: "secretName" in secret ? secret.secretName : secret.name }];
  });
}

/** All containers of a pod. */
export function containersOf(pod: PodSpec): Container[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** Whether a `matchLabels` selector (an empty one selects all) selects something with these labels. */
export function selects(matchLabels: Labels | undefined, labels: Labels): boolean {
  return Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

/** `Kind namespace/name`: how an object is called in messages. */
export function describeObject(object: KubernetesObject): string {
  return `${object.kind} ${object.namespace === "" ? "" : `${object.namespace}/`}${object.name}`;
}
