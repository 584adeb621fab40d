import { list, listsByName, OBJECT, podSpecs } from "../cel.ts";
import type { AdmissionPolicy } from "../policy.ts";
import { CHANGES, type Refusal, TENANT_NAMESPACES, type TenantClassNames, validationOf } from "./tenants.ts";

/** Kinds of volumes that reach nothing outside of the namespace. The rules for claims and images cover the others. */
const VOLUMES = [
  "configMap",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const;
/** What a projected volume may contain. Certificates of a pod are a way to sign requests. */
const PROJECTED = ["configMap", "downwardAPI", "secret", "serviceAccountToken"] as const;
/** The API server gives every pod a token that lives this long: pkg/serviceaccount in kubernetes/kubernetes. */
const TOKEN_SECONDS = 3607;

const VOLUMES_OF_POD = "s.?volumes.orValue([])";
const SOURCES = `${VOLUMES_OF_POD}.exists(v, v.?projected.?sources.orValue([])`;

/** Expressions on a pod spec `s`. */
const REFUSED: readonly Refusal[] = [
  {
    expression: "s.?serviceAccountName.orValue('default') != 'default'",
    reason: "serviceAccountName names another account than default",
  },
  {
    expression: `${SOURCES}.exists(p, p.?serviceAccountToken.?audience.hasValue() || p.?serviceAccountToken.?expirationSeconds.optMap(t, t > ${TOKEN_SECONDS}).orValue(false)))`,
    reason: `a projected serviceAccountToken has an audience, or lives longer than ${TOKEN_SECONDS} seconds`,
  },
  {
    expression: `${SOURCES}.exists(p, !p.all(k, k in ${list(PROJECTED)})))`,
    reason: `a projected volume has another source than ${PROJECTED.join(", ")}`,
  },
  {
    expression: `${VOLUMES_OF_POD}.exists(v, !v.all(k, k in ${list(["name", ...VOLUMES])}))`,
    reason: `a volume is of another kind than ${VOLUMES.join(", ")}`,
  },
  {
    expression: "s.?nodeName.hasValue()",
    reason: "nodeName chooses a node without the scheduler. Use nodeSelector",
  },
  {
    expression: "s.?runtimeClassName.hasValue() && !(s.runtimeClassName in variables.runtimes)",
    reason: "runtimeClassName is not in tenants.<name>.classes.runtime of the configuration",
  },
];

/**
 * Pods of a tenant use what is in their namespace.
 * @param classes the RuntimeClasses of each tenant's namespace; a namespace that is not listed has none
 */
export function tenantPods(classes: TenantClassNames): AdmissionPolicy {
  const runtimes = Object.fromEntries(
    Object.entries(classes).map(([namespace, { runtime }]) => [namespace, runtime]),
  );
  return {
    name: "llm-platform-tenant-pods",
    description:
      "Pods of tenants use no service account, token, volume, node or runtime that is not meant for them.",
    namespaceSelector: TENANT_NAMESPACES,
    rules: [
      // These fields of a pod never change.
      { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
      { apiGroups: ["apps"], apiVersions: ["v1"], operations: CHANGES, resources: ["deployments"] },
      { apiGroups: ["batch"], apiVersions: ["v1"], operations: CHANGES, resources: ["jobs", "cronjobs"] },
      {
        apiGroups: ["jobset.x-k8s.io"],
        apiVersions: ["v1alpha2"],
        operations: CHANGES,
        resources: ["jobsets"],
      },
    ],
    matchConditions: [],
    variables: [
      OBJECT,
      { name: "podSpecs", expression: podSpecs("variables.o") },
      {
        name: "podSpecsBefore",
        expression: `request.operation == 'UPDATE' ? (${podSpecs("dyn(oldObject)")}) : []`,
      },
      {
        name: "runtimes",
        expression: `${listsByName(runtimes)}[?variables.o.metadata.namespace].orValue([])`,
      },
      // Controllers update objects that are older than the policy.
      {
        name: "judged",
        expression: "variables.podSpecs == variables.podSpecsBefore ? [] : variables.podSpecs",
      },
    ],
    validations: REFUSED.map(({ expression, reason }) =>
      validationOf({ expression: `variables.judged.exists(s, ${expression})`, reason }),
    ),
  };
}
