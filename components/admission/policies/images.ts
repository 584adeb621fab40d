// Shared parts of the policies about images.
import { IMAGE_PLACES } from "../../core/image-places.ts";
import { NAMESPACE_ROLE, type NamespaceRole } from "../../core/labels.ts";
import { OBJECT, podSpecs, text } from "../cel.ts";
import type { NamedExpression, NamespaceSelector, ResourceRule } from "../policy.ts";

const ROLES: readonly NamespaceRole[] = ["platform", "tenant"];

/** The namespaces that the platform creates: its own and those of tenants. */
export const OWN_NAMESPACES: NamespaceSelector = {
  matchExpressions: [{ key: NAMESPACE_ROLE, operator: "In", values: ROLES }],
};

/**
 * Pods, because their images can change at any time, and the objects that create pods, so that the error reaches
 * the user and not a controller.
 */
export const IMAGE_RULES: readonly ResourceRule[] = [
  {
    apiGroups: [""],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["pods", "pods/ephemeralcontainers"],
  },
  {
    apiGroups: ["apps"],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["deployments", "statefulsets", "daemonsets"],
  },
  {
    apiGroups: ["batch"],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["jobs", "cronjobs"],
  },
  {
    apiGroups: ["jobset.x-k8s.io"],
    apiVersions: ["v1alpha2"],
    operations: ["CREATE", "UPDATE"],
    resources: ["jobsets"],
  },
];

/** The images of each pod spec. */
function imagesIn(specs: string): string {
  const lists = IMAGE_PLACES.map(({ list, path }) => `s.?${list}.orValue([]).map(e, e.?${path.join(".?")})`);
  return `${specs}.map(s, (${lists.join(" + ")}).filter(i, i.hasValue()).map(i, i.value()))`;
}

/** The tag of an image `i` with its colon; empty without one. A host can have a port, and a digest has a colon, too. */
export const TAG = `i.split('@')[0].find(${text(":[^/:]*$")})`;

/**
 * `refused`: the images that match `isRefused` (an expression on `i`), by pod spec. It is empty if no image
 * changes, so that running pods can terminate and controllers can update them.
 */
export function refusedImages(isRefused: string): NamedExpression[] {
  return [
    OBJECT,
    { name: "podSpecs", expression: podSpecs("variables.o") },
    { name: "images", expression: imagesIn("variables.podSpecs") },
    {
      name: "imagesBefore",
      expression: `request.operation == 'UPDATE' ? ${imagesIn(`(${podSpecs("dyn(oldObject)")})`)} : []`,
    },
    {
      name: "refused",
      expression:
        "variables.images == variables.imagesBefore ? []" +
        ` : variables.images.map(l, l.filter(i, ${isRefused})).filter(l, l.size() > 0)`,
    },
  ];
}

/** The image that the message names. */
export const FIRST_REFUSED = "variables.refused[0][0]";
export const NONE_REFUSED = "variables.refused.size() == 0";
/** The object that contains the image. */
export const WHERE = `variables.o.kind + ' "' + variables.o.metadata.name + '": '`;
