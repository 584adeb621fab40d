/**
 * Pulumi property values as plain JavaScript, with one class for each kind of value that JSON does not have.
 * `undefined` in an object means "absent" and is not sent.
 */
export type PropertyValue =
  | null
  | undefined
  | boolean
  | number
  | string
  | readonly PropertyValue[]
  | PropertyMap
  | Secret
  | Unknown
  | Output
  | Asset
  | Archive
  | ResourceReference;

export interface PropertyMap {
  readonly [key: string]: PropertyValue;
}

/** A value that is stored encrypted and never shown. */
export class Secret {
  readonly value: PropertyValue;
  constructor(value: PropertyValue) {
    this.value = value;
  }
}

/** A value that is not known before the update (previews only). */
export class Unknown {
  private readonly kind = "unknown";
  toString(): string {
    return `<${this.kind}>`;
  }
}
export const unknown = new Unknown();

/** A value with its dependencies. The engine sends these to components only. `value` undefined = unknown. */
export class Output {
  readonly value: PropertyValue;
  readonly secret: boolean;
  readonly dependencies: readonly string[];
  constructor(value: PropertyValue, secret: boolean, dependencies: readonly string[]) {
    this.value = value;
    this.secret = secret;
    this.dependencies = dependencies;
  }
}

/** A file, text or URL. The engine sends only the hash to diff, read and delete. */
export class Asset {
  readonly content: {
    readonly text?: string;
    readonly path?: string;
    readonly uri?: string;
    readonly hash?: string;
  };
  constructor(content: Asset["content"]) {
    this.content = content;
  }
}

/** A folder or archive file: by path or URL, or member by member. */
export class Archive {
  readonly content: {
    readonly assets?: PropertyMap;
    readonly path?: string;
    readonly uri?: string;
    readonly hash?: string;
  };
  constructor(content: Archive["content"]) {
    this.content = content;
  }
}

/** Another resource passed as a whole. `id` undefined = a component, Unknown = not created yet. */
export class ResourceReference {
  readonly urn: string;
  readonly id: string | Unknown | undefined;
  readonly packageVersion: string | undefined;
  constructor(urn: string, id: string | Unknown | undefined, packageVersion: string | undefined) {
    this.urn = urn;
    this.id = id;
    this.packageVersion = packageVersion;
  }
}

/** True for a JSON-like object, false for arrays and for the marker classes above. */
export function isPropertyMap(value: PropertyValue): value is PropertyMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function isPropertyList(value: PropertyValue): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** The values directly inside a value. */
function children(value: PropertyValue): readonly PropertyValue[] {
  if (isPropertyList(value)) return value;
  if (isPropertyMap(value)) return Object.values(value);
  if (value instanceof Secret || value instanceof Output) return [value.value];
  if (value instanceof Archive) return Object.values(value.content.assets ?? {});
  return [];
}

function contains(value: PropertyValue, predicate: (value: PropertyValue) => boolean): boolean {
  return predicate(value) || children(value).some((child) => contains(child, predicate));
}

export function containsUnknown(value: PropertyValue): boolean {
  return contains(
    value,
    (v) =>
      v instanceof Unknown ||
      (v instanceof Output && v.value === undefined) ||
      (v instanceof ResourceReference && v.id instanceof Unknown),
  );
}

export function containsSecret(value: PropertyValue): boolean {
  return contains(value, (v) => v instanceof Secret || (v instanceof Output && v.secret));
}

/** The value without Secret and Output wrappers. Unknowns stay unknown. Never store the result in the state. */
export function withoutSecrets(value: PropertyMap): PropertyMap;
export function withoutSecrets(value: PropertyValue): PropertyValue;
export function withoutSecrets(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return withoutSecrets(value.value);
  if (value instanceof Output) return value.value === undefined ? unknown : withoutSecrets(value.value);
  return mapChildren(value, withoutSecrets);
}

/**
 * `value`, with every part secret that is secret at the same path in `like`. A list that contains a secret becomes secret
 * as a whole, because its elements can come back in another order.
 */
export function withSecretsLike(value: PropertyMap, like: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, valueWithSecretsLike(child, like[key])]),
  );
}

function valueWithSecretsLike(value: PropertyValue, like: PropertyValue): PropertyValue {
  if (value === undefined || value instanceof Secret || !containsSecret(like)) return value;
  return isPropertyMap(value) && isPropertyMap(like) ? withSecretsLike(value, like) : new Secret(value);
}

function mapChildren(value: PropertyValue, fn: (value: PropertyValue) => PropertyValue): PropertyValue {
  if (isPropertyList(value)) return value.map(fn);
  if (isPropertyMap(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fn(v)]));
  return value;
}
