// What tenants may create in their namespaces, and what they may not: each refusal is an attack.
import {
  controller,
  create,
  cronJob,
  EXACT_IMAGE,
  job,
  jobSet,
  owner,
  pod,
  type PodShape,
  relabelled,
  respecced,
  serviceAccount,
  update,
} from "./build.ts";
import type { AdmissionCase, Manifest } from "./types.ts";

const NO_POD = { denied: "tenantPods" } as const;
const NO = { denied: "tenantObjects" } as const;

const withVolumes = (...volumes: readonly object[]): PodShape => ({
  spec: { volumes: volumes.map((volume, index) => ({ name: `volume-${index}`, ...volume })) },
});
const projecting = (...sources: readonly object[]): PodShape => withVolumes({ projected: { sources } });
const token = (fields: object) => projecting({ serviceAccountToken: { path: "token", ...fields } });
const CSI = withVolumes({ csi: { driver: "secrets.example.com", volumeAttributes: { of: "others" } } });
const claimSpec = (fields: object = {}) => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
  ...fields,
});

const EVERY_VOLUME = withVolumes(
  { configMap: { name: "a" } },
  { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
  { emptyDir: {} },
  { ephemeral: { volumeClaimTemplate: { spec: claimSpec({ storageClassName: "standard" }) } } },
  { image: { reference: EXACT_IMAGE } },
  { persistentVolumeClaim: { claimName: "a" } },
  {
    projected: {
      sources: [
        { configMap: { name: "a" } },
        { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
        { secret: { name: "a" } },
        // As the API server adds it.
        { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
      ],
    },
  },
  { secret: { secretName: "a" } },
);

const seen = (object: Manifest): Manifest => relabelled(object, { ...object.metadata.labels, seen: "yes" });
const KINDS: Readonly<Record<string, (shape: PodShape) => Manifest>> = {
  deployment: (shape) => controller("Deployment", shape, {}, { replicas: 0 }),
  "cron job": (shape) => cronJob(shape, {}),
  jobset: (shape) => jobSet([{}, shape]),
};

const pods: readonly AdmissionCase[] = [
  create("pod with every volume that is a tenants own", pod(EVERY_VOLUME)),
  create("csi volume of a pod", pod(CSI), NO_POD),
  create("csi volume in a namespace of the platform", pod(CSI, { namespace: "platform" })),
  create("csi volume in a namespace outside the platform", pod(CSI, { namespace: "unmanaged" })),
  create("csi volume of a job", job(CSI), NO_POD),
  update(
    "old job with a csi volume that is labelled",
    job(CSI, {}, undefined, { suspend: true }),
    seen(job(CSI, {}, undefined, { suspend: true })),
  ),
  ...Object.entries(KINDS).flatMap(([kind, make]) => [
    create(`${kind} with every volume that is a tenants own`, make(EVERY_VOLUME)),
    create(`csi volume of a ${kind}`, make(CSI), NO_POD),
    update(`${kind} that gets a csi volume`, make({}), make(CSI), NO_POD),
    update(`old ${kind} with a csi volume that is labelled`, make(CSI), seen(make(CSI))),
  ]),
  create("token for another audience", pod(token({ audience: "vault" })), NO_POD),
  create("token that lives long", pod(token({ expirationSeconds: 3608 })), NO_POD),
  create("token that lives an hour", pod(token({ expirationSeconds: 3600 }))),
  create("pod that chooses its node", pod({ spec: { nodeName: "node-1" } }), NO_POD),
  create("account of others", controller("Deployment", { spec: { serviceAccountName: "operator" } }), NO_POD),
  create("default account", controller("Deployment", { spec: { serviceAccountName: "default" } })),
  create("runtime of the list", controller("Deployment", { spec: { runtimeClassName: "gvisor" } })),
  create(
    "runtime that is not on the list",
    controller("Deployment", { spec: { runtimeClassName: "nvidia" } }),
    NO_POD,
  ),
  create(
    "runtime of the list of another tenant",
    controller("Deployment", { spec: { runtimeClassName: "gvisor" } }, { namespace: "team-b" }),
    NO_POD,
  ),
];

const object = (kind: string, fields: object = {}, namespace = "team-a"): Manifest => ({
  apiVersion: "v1",
  kind,
  ...fields,
  metadata: { name: "", namespace, ...(fields as Partial<Manifest>).metadata },
});
const secret = (type: string, stringData: object = {}, namespace?: string): Manifest =>
  object("Secret", { type, stringData }, namespace);
const TOKEN_SECRET = object("Secret", {
  type: "kubernetes.io/service-account-token",
  metadata: { annotations: { "kubernetes.io/service-account.name": "default" } } as never,
});

const secrets: readonly AdmissionCase[] = [
  create("secret of a tenant", secret("Opaque", { key: "value" })),
  create("secret of a package manager", secret("helm.sh/release.v1")),
  create("secret with a user", secret("kubernetes.io/basic-auth", { username: "a", password: "b" })),
  create("secret of an old registry", secret("kubernetes.io/dockercfg", { ".dockercfg": "{}" })),
  create("secret of a registry", secret("kubernetes.io/dockerconfigjson", { ".dockerconfigjson": "{}" })),
  create("secret of ssh", secret("kubernetes.io/ssh-auth", { "ssh-privatekey": "a" })),
  create("secret of tls", secret("kubernetes.io/tls", { "tls.crt": "", "tls.key": "" })),
  create("secret that is given a token without an end", TOKEN_SECRET, NO),
  create("secret that is given a token in a namespace of the platform", {
    ...TOKEN_SECRET,
    metadata: { ...TOKEN_SECRET.metadata, namespace: "platform" },
  }),
  create("secret that is given a token in a namespace outside the platform", {
    ...TOKEN_SECRET,
    metadata: { ...TOKEN_SECRET.metadata, namespace: "unmanaged" },
  }),
  create("secret that joins a node", secret("bootstrap.kubernetes.io/token"), NO),
  update("old secret with a token that is labelled", TOKEN_SECRET, withLabel(TOKEN_SECRET)),
];

function withLabel(of: Manifest): Manifest {
  return { ...of, metadata: { ...of.metadata, labels: { seen: "yes" } } };
}

// One that the garbage collector removes, so that the namespaces of the test can be deleted.
const HELD = { finalizers: ["foregroundDeletion"] };
const OWN = {
  ownerReferences: [{ ...owner("jobset.x-k8s.io/v1alpha2", "JobSet"), blockOwnerDeletion: true }],
};
const holding = (of: Manifest, fields: object = HELD): Manifest => ({
  ...of,
  metadata: { ...of.metadata, ...fields },
});
const inTemplate = (of: Manifest, template: object = { ...HELD, labels: { app: "controller" } }): Manifest =>
  respecced(of, { template: { ...(of.spec as { template: object }).template, metadata: template } });
const inJobTemplate = (of: Manifest): Manifest => {
  const { jobTemplate } = of.spec as { jobTemplate: { spec: { template: object } } };
  const { spec } = jobTemplate;
  return respecced(of, {
    jobTemplate: { ...jobTemplate, spec: { ...spec, template: { ...spec.template, metadata: HELD } } },
  });
};
const configMap = object("ConfigMap");
const deployment = controller("Deployment", {}, {}, { replicas: 0 });
const suspended = job({}, {}, undefined, { suspend: true });
const anyController = { as: serviceAccount("kube-system", "generic-garbage-collector") };
const similarNamespace = { as: serviceAccount("team-a-system", "controller") };
const ownAccount = { as: serviceAccount("team-a", "default") };

const deletions: readonly AdmissionCase[] = [
  create("config map", configMap),
  create("finalizer of a config map", holding(configMap), NO),
  create("finalizer of a secret", holding(secret("Opaque")), NO),
  create("finalizer of a claim", holding(claim({ storageClassName: "standard" })), NO),
  create("finalizer of a pod", holding(pod({})), NO),
  create("finalizer of a deployment", holding(deployment), NO),
  create("finalizer of a job", holding(suspended), NO),
  create("finalizer of a cron job", holding(cronJob({}, {})), NO),
  create("finalizer in the template of a deployment", inTemplate(deployment), NO),
  create("finalizer in the template of a job", inTemplate(suspended, HELD), NO),
  create("finalizer in the template of a cron job", inJobTemplate(cronJob({}, {})), NO),
  create("finalizer of kueue on a pod", holding(pod({}), { finalizers: ["kueue.x-k8s.io/managed"] })),
  create(
    "finalizer of kueue on a config map",
    holding(configMap, { finalizers: ["kueue.x-k8s.io/managed"] }),
    NO,
  ),
  create("finalizer in a namespace of the platform", { ...holding(configMap), ...inPlatform(HELD) }),
  create("finalizer by a controller", holding(configMap), undefined, anyController),
  create("finalizer by a controller of a similar namespace", holding(configMap), undefined, similarNamespace),
  create("finalizer by an account of the tenant", holding(configMap), NO, ownAccount),
  update("config map that gets a finalizer", configMap, holding(configMap), NO),
  update("pod that gets a finalizer", pod({}), holding(pod({})), NO),
  update("deployment that gets a finalizer", deployment, holding(deployment), NO),
  update("cron job that gets a finalizer", cronJob({}, {}), holding(cronJob({}, {})), NO),
  update("config map that keeps its finalizer", holding(configMap), withLabel(holding(configMap))),
  update("config map that loses its finalizer", holding(configMap), configMap),
  update(
    "deployment that keeps the finalizer of its template",
    inTemplate(deployment),
    withLabel(inTemplate(deployment)),
  ),
  update(
    "cron job that keeps the finalizer of its template",
    inJobTemplate(cronJob({}, {})),
    withLabel(inJobTemplate(cronJob({}, {}))),
  ),
  create("owner that waits for a config map", holding(configMap, OWN), NO),
  create("owner that waits, by a controller", holding(configMap, OWN), undefined, anyController),
  create(
    "owner that does not wait",
    holding(configMap, { ownerReferences: [owner("jobset.x-k8s.io/v1alpha2", "JobSet")] }),
  ),
  update(
    "config map whose owner waits as before",
    holding(configMap, OWN),
    withLabel(holding(configMap, OWN)),
  ),
  update("config map whose owner comes to wait", configMap, holding(configMap, OWN), NO),
];

function inPlatform(fields: object): Pick<Manifest, "metadata"> {
  return { metadata: { name: "", namespace: "platform", ...fields } };
}

function claim(fields: object, namespace?: string, metadata: object = {}): Manifest {
  return object("PersistentVolumeClaim", { spec: claimSpec(fields), metadata }, namespace);
}
const STANDARD = { storageClassName: "standard" };
const LEGACY = { annotations: { "volume.beta.kubernetes.io/storage-class": "standard" } };
const scheduled = { as: serviceAccount("kube-system", "persistent-volume-binder") };

const claims: readonly AdmissionCase[] = [
  create("claim of a class of the list", claim(STANDARD)),
  create("claim of the default class", claim({}), undefined, {
    needsApiServer: "the API server fills in the default class",
  }),
  create("claim of another class", claim({ storageClassName: "immediate" }), NO),
  create("claim without a class", claim({ storageClassName: "" }), NO),
  create("claim of a class of another tenant", claim(STANDARD, "team-b"), NO),
  create(
    "claim of another class in a namespace of the platform",
    claim({ storageClassName: "" }, "platform"),
  ),
  create("claim of a class by the old annotation", claim(STANDARD, "team-a", LEGACY), NO),
  create("annotation of claims on a config map", holding(configMap, LEGACY)),
  create("claim of a volume by name", claim({ ...STANDARD, volumeName: "of-others" }), NO),
  create(
    "claim of a volume by label",
    claim({ ...STANDARD, selector: { matchLabels: { of: "others" } } }),
    NO,
  ),
  create(
    "claim that copies another",
    claim({ ...STANDARD, dataSourceRef: { kind: "PersistentVolumeClaim", name: "other" } }),
    NO,
  ),
  create(
    "claim that a populator fills",
    claim({
      ...STANDARD,
      dataSourceRef: { apiGroup: "populator.example.com", kind: "Import", name: "other" },
    }),
    NO,
  ),
  create("claim with attributes", claim({ ...STANDARD, volumeAttributesClassName: "fast" }), NO),
  create(
    "claim of a volume by the controller of ephemeral volumes",
    claim({ ...STANDARD, volumeName: "of-others" }),
    NO,
    { as: serviceAccount("kube-system", "ephemeral-volume-controller") },
  ),
  update(
    "claim that is bound by its user",
    claim(STANDARD),
    claim({ ...STANDARD, volumeName: "of-others" }),
    NO,
  ),
  update(
    "claim that is bound by the controller",
    claim(STANDARD),
    claim({ ...STANDARD, volumeName: "its-own" }),
    undefined,
    scheduled,
  ),
  update(
    "old claim of another class that is labelled",
    claim({ storageClassName: "other" }),
    withLabel(claim({ storageClassName: "other" })),
  ),
  update(
    "old claim of a volume by name that is labelled",
    claim({ ...STANDARD, volumeName: "of-others" }),
    withLabel(claim({ ...STANDARD, volumeName: "of-others" })),
  ),
  update(
    "old claim with the old annotation that is labelled",
    claim(STANDARD, "team-a", LEGACY),
    withLabel(claim(STANDARD, "team-a", LEGACY)),
  ),
];

export const TENANT_CASES = [...pods, ...secrets, ...deletions, ...claims];
