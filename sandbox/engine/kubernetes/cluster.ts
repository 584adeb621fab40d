import { ApiError, isNotFound } from "./api-error.ts";
import { Discovery, groupVersionPath } from "./discovery.ts";
import type { ApiResource } from "./discovery.ts";
import type { Http, HttpRequest } from "../../kubernetes/http.ts";
import { isMap, listAt, textAt } from "../../kubernetes/json.ts";
import type { Json, KubeObject } from "../../kubernetes/json.ts";

/** An object's place in the cluster. */
export interface Place {
  readonly resource: ApiResource;
  /** Undefined for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface WriteOptions {
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** Take fields over from other managers. */
  readonly force: boolean;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject;
}

/** The part of the Kubernetes API that the provider needs. Every rejection is an ApiError. */
export class Cluster {
  readonly http: Http;
  readonly discovery: Discovery;

  constructor(http: Http) {
    this.http = http;
    this.discovery = new Discovery(http);
  }

  async get(place: Place, signal?: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return (await this.send({ method: "GET", path: objectPath(place), ...(signal && { signal }) })).object;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Server-side apply. Creates a missing object. */
  async apply(place: Place, object: KubeObject, options: WriteOptions): Promise<Written> {
    const force = options.force ? { force: "true" } : {};
    const path = objectPath(place) + query({ ...writeQuery(options), ...force });
    return await this.send({
      method: "PATCH",
      path,
      body: object,
      contentType: "application/apply-patch+yaml",
    });
  }

  /** A create as a dry-run. Unlike a dry-run of apply it reports every unknown field, and it fails if the object exists. */
  async dryRunCreate(place: Place, object: KubeObject, fieldManager: string): Promise<Written> {
    const path = collectionPath(place.resource, place.namespace);
    const options = { fieldManager, dryRun: true };
    return await this.send({ method: "POST", path: path + query(writeQuery(options)), body: object });
  }

  async jsonPatch(place: Place, patch: Json[], options: Omit<WriteOptions, "force">): Promise<Written> {
    const path = objectPath(place) + query(writeQuery(options));
    return await this.send({
      method: "PATCH",
      path,
      body: patch,
      contentType: "application/json-patch+json",
    });
  }

  /** True if the object is already deleted. False if its deletion has started (finalizers, dependents). */
  async delete(place: Place, propagationPolicy: string): Promise<boolean> {
    try {
      const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy };
      const { object } = await this.send({ method: "DELETE", path: objectPath(place), body });
      return textAt(object, "kind") === "Status";
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }

  async list(
    resource: ApiResource,
    namespace: string | undefined,
    selectors: Readonly<Record<string, string>> = {},
  ): Promise<{ items: KubeObject[]; resourceVersion: string }> {
    const path = collectionPath(resource, namespace) + query(selectors);
    const { object } = await this.send({ method: "GET", path });
    // Elements of a list have no type.
    const type = { apiVersion: resource.apiVersion, kind: resource.kind };
    return {
      items: listAt(object, "items").map((item) => ({ ...type, ...item })),
      resourceVersion: textAt(object, "metadata", "resourceVersion") ?? "",
    };
  }

  async *watch(
    resource: ApiResource,
    namespace: string | undefined,
    resourceVersion: string,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const parameters = { watch: "true", allowWatchBookmarks: "true", resourceVersion };
    const path = collectionPath(resource, namespace) + query(parameters);
    for await (const line of this.http.lines(path, signal)) {
      if (isMap(line) && isMap(line["object"])) {
        yield { type: textAt(line, "type") ?? "", object: line["object"] };
      }
    }
  }

  private async send(request: HttpRequest): Promise<Written> {
    const { status, body, warnings } = await this.http.request(request);
    if (status >= 300) throw new ApiError(status, body);
    return { object: isMap(body) ? body : {}, warnings };
  }
}

export interface Written {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

function collectionPath(resource: ApiResource, namespace: string | undefined): string {
  const inNamespace =
    resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupVersionPath(resource.apiVersion)}${inNamespace}/${resource.plural}`;
}

function objectPath({ resource, namespace, name }: Place): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

function writeQuery(options: { fieldManager: string; dryRun: boolean }): Record<string, string> {
  const { fieldManager, dryRun } = options;
  return { fieldManager, fieldValidation: "Strict", ...(dryRun ? { dryRun: "All" } : {}) };
}

function query(parameters: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(parameters).toString();
  return text === "" ? "" : `?${text}`;
}

/** For messages: `Deployment apps/web`. */
export function describePlace({ resource, namespace, name }: Place): string {
  return `${resource.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
