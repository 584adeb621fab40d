// The places of a pod spec that may name an image, from the OpenAPI schema that an API server serves.

/** A schema of OpenAPI v3, as far as it is read. */
interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly description?: string;
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

export interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Texts of a pod spec whose path or description is about images: `volumes[].image.reference`. Sorted. */
export function textsAboutImages({ components: { schemas } }: OpenApi): string[] {
  const spec = schemas["io.k8s.api.core.v1.PodSpec"];
  if (spec === undefined) throw new Error("the API server describes no PodSpec");
  const resolved = (schema: Schema): Schema => {
    const { $ref, allOf: [only] = [] } = schema;
    if ($ref !== undefined) return resolved(schemas[$ref.replace("#/components/schemas/", "")] ?? {});
    return only === undefined ? schema : resolved(only);
  };
  function* below(path: string, schema: Schema): Generator<string> {
    const { type, items, properties, description = "" } = resolved(schema);
    if (items !== undefined) {
      yield* below(`${path}[]`, items);
    } else if (properties !== undefined) {
      for (const [name, property] of Object.entries(properties))
        yield* below(path === "" ? name : `${path}.${name}`, property);
    } else if (type === "string") {
      const text = `${path} ${schema.description ?? description}`;
      if (/image|\boci\b|artifact|registry/i.test(text)) yield path;
    }
  }
  return [...below("", spec)].sort();
}

/** Texts that are about images and name none, by the end of their path. */
export const NAMES_NO_IMAGE: Readonly<Record<string, string>> = {
  ".imagePullPolicy": "when an image is pulled",
  ".image.pullPolicy": "when an image is pulled",
  "imagePullSecrets[].name": "a Secret of the namespace",
  ".workingDir": "a folder, by default that of the image",
  ".windowsOptions.runAsUserName": "a user, by default that of the image",
  ".supplementalGroupsPolicy": "whether the groups of the image count",
  ".quobyte.registry": "a host of Quobyte; Pod Security restricted refuses these volumes",
  ".rbd.image": "a block device of Ceph; Pod Security restricted refuses these volumes",
};
