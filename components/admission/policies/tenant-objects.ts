import { TENANT_RIGHTS } from "../../core/tenant-rights.ts";
import { list, listsByName, OBJECT, text } from "../cel.ts";
import type { AdmissionPolicy, ResourceRule } from "../policy.ts";
import { CHANGES, type Refusal, TENANT_NAMESPACES, type TenantClassNames, validationOf } from "./tenants.ts";

/**
 * Types of Secrets that only store something. The control plane acts on others, such as
 * `kubernetes.io/service-account-token`: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
 */
const SECRET_TYPES = [
  "kubernetes.io/basic-auth",
  "kubernetes.io/dockercfg",
  "kubernetes.io/dockerconfigjson",
  "kubernetes.io/ssh-auth",
  "kubernetes.io/tls",
] as const;
/** Finalizers that the API server and Kueue put on an object while its user creates it, by kind. */
const PUT_ON_CREATION =
  "{'PersistentVolumeClaim': 'kubernetes.io/pvc-protection', 'Pod': 'kueue.x-k8s.io/managed'}";
/**
 * Fields of a claim that reach volumes and objects which the tenant did not make. The API server copies `dataSource` to
 * `dataSourceRef`.
 */
const CLAIM_FIELDS = ["dataSourceRef", "selector", "volumeAttributesClassName", "volumeName"] as const;
/** Takes precedence over `storageClassName`. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** What tenants can create and change: their rights. */
const RULES: readonly ResourceRule[] = TENANT_RIGHTS.filter(({ verbs }) => verbs.includes("create")).flatMap(
  ({ group, resources }) => {
    const stored = resources.filter((resource) => !resource.includes("/"));
    return stored.length === 0
      ? []
      : [{ apiGroups: [group], apiVersions: ["v1"], operations: CHANGES, resources: stored }];
  },
);

/** The metadata of an object and of the pods that come of it: controllers copy the finalizers of a template. */
const metadatas = (object: string): string =>
  `[${object}.metadata, ${object}.?spec.?template.?metadata.orValue({}),` +
  ` ${object}.?spec.?jobTemplate.?spec.?template.?metadata.orValue({})]`;
const before = (expression: string, none: string): string =>
  `request.operation == 'UPDATE' ? ${expression} : ${none}`;

const IS_CLAIM = "variables.o.kind == 'PersistentVolumeClaim'";
const REFUSED: readonly Refusal[] = [
  {
    expression:
      "request.operation == 'CREATE' &&" +
      ` variables.o.?type.optMap(t, t.contains('kubernetes.io/') && !(t in ${list(SECRET_TYPES)})).orValue(false)`,
    reason: "Kubernetes acts on Secrets of this type, for example by making a token. Use the type Opaque",
  },
  {
    expression:
      "!variables.isController && variables.metadatas.exists(m, m.?finalizers.orValue([]).exists(f," +
      ` optional.of(f) != ${PUT_ON_CREATION}[?variables.o.kind] &&` +
      " !variables.metadatasBefore.exists(b, f in b.?finalizers.orValue([]))))",
    reason: "only controllers add finalizers, because an object with a finalizer cannot be deleted",
  },
  {
    expression:
      "!variables.isController && variables.o.metadata.?ownerReferences.orValue([]).exists(r," +
      " r.?blockOwnerDeletion.orValue(false) && !variables.metadatasBefore.exists(b, r in b.?ownerReferences.orValue([])))",
    reason:
      "only controllers set blockOwnerDeletion in an owner reference, because it delays the deletion of the owner",
  },
  {
    expression:
      `${IS_CLAIM} && (request.operation == 'CREATE' || !variables.isController) &&` +
      ` ${list(CLAIM_FIELDS)}.exists(k, variables.spec[?k] != variables.specBefore[?k])`,
    reason: `a claim must not set ${CLAIM_FIELDS.join(", ")}`,
  },
  {
    expression:
      `${IS_CLAIM} && request.operation == 'CREATE' &&` +
      " !variables.classes.exists(c, variables.spec.?storageClassName == optional.of(c))",
    reason: "the storage class of the claim is not in tenants.<name>.classes.storage of the configuration",
  },
  {
    expression: `${IS_CLAIM} && variables.o.metadata.?annotations[?${text(CLASS_ANNOTATION)}] != variables.metadatasBefore[?0].?annotations[?${text(CLASS_ANNOTATION)}]`,
    reason: `the annotation ${CLASS_ANNOTATION} overrides the storage class of a claim`,
  },
];

/**
 * Objects of a tenant hold nothing of others, and do not block others.
 * @param classes the StorageClasses of each tenant's namespace; a namespace that is not listed has none
 */
export function tenantObjects(classes: TenantClassNames): AdmissionPolicy {
  const storage = Object.fromEntries(
    Object.entries(classes).map(([namespace, { storage }]) => [namespace, storage]),
  );
  return {
    name: "llm-platform-tenant-objects",
    description:
      "Objects of tenants make no token, use no volume of others, and delay no deletion by finalizers or owner references.",
    namespaceSelector: TENANT_NAMESPACES,
    rules: RULES,
    matchConditions: [],
    variables: [
      OBJECT,
      // Kubernetes reserves the prefix for the control plane, nodes and service accounts. Accounts of the tenant's own
      // namespace are the tenant's.
      {
        name: "isController",
        expression:
          "request.userInfo.username.startsWith('system:') &&" +
          " !request.userInfo.username.startsWith('system:serviceaccount:' + variables.o.metadata.namespace + ':')",
      },
      { name: "metadatas", expression: metadatas("variables.o") },
      { name: "metadatasBefore", expression: before(metadatas("dyn(oldObject)"), "[]") },
      { name: "spec", expression: "variables.o.?spec.orValue({})" },
      { name: "specBefore", expression: before("dyn(oldObject).?spec.orValue({})", "dyn({})") },
      { name: "classes", expression: `${listsByName(storage)}[?variables.o.metadata.namespace].orValue([])` },
    ],
    validations: REFUSED.map(validationOf),
  };
}
