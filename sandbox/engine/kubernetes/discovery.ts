import { ApiError } from "./api-error.ts";
import type { Http } from "../../kubernetes/http.ts";
import { listAt, textAt } from "../../kubernetes/json.ts";

/** A kind that the API server serves. */
export interface ApiResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The kinds of the cluster, read once for each group version. */
export class Discovery {
  private readonly http: Http;
  private readonly groupVersions = new Map<string, Promise<ReadonlyMap<string, ApiResource>>>();

  constructor(http: Http) {
    this.http = http;
  }

  /** `undefined` if the cluster does not have this kind. Its CustomResourceDefinition may come later. */
  async find(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
    const cached = this.groupVersions.get(apiVersion);
    const known = cached && (await cached).get(kind);
    if (known) return known;
    // Another resource of the program may have created the definition since the last read.
    const fresh = this.fetch(apiVersion);
    this.groupVersions.set(apiVersion, fresh);
    try {
      return (await fresh).get(kind);
    } catch (error) {
      this.groupVersions.delete(apiVersion);
      throw error;
    }
  }

  private async fetch(apiVersion: string): Promise<ReadonlyMap<string, ApiResource>> {
    const { status, body } = await this.http.request({ method: "GET", path: groupVersionPath(apiVersion) });
    if (status !== 200) {
      if (status === 404) return new Map();
      throw new ApiError(status, body);
    }
    const resources = listAt(body, "resources").map((resource) => ({
      apiVersion,
      kind: textAt(resource, "kind") ?? "",
      plural: textAt(resource, "name") ?? "",
      namespaced: resource["namespaced"] === true,
    }));
    // Subresources (deployments/scale) have their own kinds.
    return new Map(resources.filter(({ plural }) => !plural.includes("/")).map((r) => [r.kind, r]));
  }
}

export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
