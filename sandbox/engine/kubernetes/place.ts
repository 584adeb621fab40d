import type { PropertyMap } from "../shared/property-values.ts";
import type { Cluster, Place } from "./cluster.ts";
import type { ApiResource } from "./discovery.ts";
import { textInput } from "./inputs.ts";
import type { ResourceType } from "./types.ts";

/** The namespace of objects that name none. */
export interface Target {
  readonly cluster: Cluster;
  readonly defaultNamespace: string;
}

/** Which object the inputs are about; undefined while its name or namespace is unknown. */
export function placeOf(target: Target, resource: ApiResource, inputs: PropertyMap): Place | undefined {
  const name = textInput(inputs, "metadata", "name");
  const namespace = textInput(inputs, "metadata", "namespace") ?? target.defaultNamespace;
  return name === undefined ? undefined : placeIn(resource, namespace, name);
}

function placeIn(resource: ApiResource, namespace: string, name: string): Place {
  return { resource, namespace: resource.namespaced ? namespace : undefined, name };
}

/** A resource's id is `namespace/name`, or `name` for a cluster-scoped kind. */
export function placeFromId(target: Target, resource: ApiResource, id: string): Place {
  const slash = id.indexOf("/");
  const namespace = slash === -1 ? target.defaultNamespace : id.slice(0, slash);
  return placeIn(resource, namespace, id.slice(slash + 1));
}

export function idOf({ namespace, name }: Place): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The kind that the inputs ask for; the type token is enough when there are none. */
export function typeOf(inputs: PropertyMap, type: ResourceType): ResourceType {
  return { apiVersion: textInput(inputs, "apiVersion") ?? type.apiVersion, kind: type.kind };
}
