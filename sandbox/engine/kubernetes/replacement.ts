import type { PropertyMap } from "../shared/property-values.ts";
import type { ApiError } from "./api-error.ts";
import type { Change } from "./changes.ts";
import { peelAt, textInput } from "./inputs.ts";
import { groupKindOf } from "../../kubernetes/json.ts";
import type { Options } from "./options.ts";
import { overlaps, parsePath } from "./paths.ts";

/**
 * Known fields that cannot change in place. They are needed while inputs are unknown, because a dry-run is not possible
 * then. A dry-run finds all other fields.
 */
const IMMUTABLE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** The changes that need a new object. */
export function replacingChanges(
  changes: readonly Change[],
  inputs: PropertyMap,
  options: Pick<Options, "enableConfigMapMutable" | "enableSecretMutable">,
): Change[] {
  const kind = inputKind(inputs);
  const fields = [
    "kind",
    "metadata.name",
    "metadata.namespace",
    ...(IMMUTABLE_FIELDS[kind] ?? []),
    ...configurationFields(kind, inputs, options),
  ].map(parsePath);
  return changes.filter(({ path }) => fields.some((field) => overlaps(field, path)));
}

/** Group and kind of the inputs, such as "/ConfigMap". */
export function inputKind(inputs: PropertyMap): string {
  return groupKindOf({
    apiVersion: textInput(inputs, "apiVersion") ?? "",
    kind: textInput(inputs, "kind") ?? "",
  });
}

/**
 * A ConfigMap or Secret is replaced when its data change, so that objects that refer to it by name use the new one. The
 * mutable flags turn this off, except for an immutable object.
 */
function configurationFields(
  kind: string,
  inputs: PropertyMap,
  options: Pick<Options, "enableConfigMapMutable" | "enableSecretMutable">,
): string[] {
  const immutable = peelAt(inputs, "immutable") === true;
  if (kind === "/ConfigMap" && (immutable || !options.enableConfigMapMutable)) return ["data", "binaryData"];
  if (kind === "/Secret" && (immutable || !options.enableSecretMutable)) return ["data", "stringData"];
  return [];
}

/** The changes that the API server rejected as immutable in a dry-run. */
export function refusedChanges(changes: readonly Change[], error: ApiError): Change[] {
  const fields = error.causes.map((cause) => parsePath(cause.field)).filter((field) => field.length > 0);
  const named = changes.filter(({ path }) => fields.some((field) => overlaps(field, path)));
  if (named.length > 0) return named;
  // Some rejections contain a field that is not in the object (`spec.persistentvolumesource`).
  const besideMetadata = changes.filter(({ path }) => path[0] !== "metadata");
  return besideMetadata.length > 0 ? besideMetadata : [...changes];
}
