// A small client of the API server for the sandbox's own controllers: requests, and a copy of a collection that
// follows the changes.
import { setTimeout as sleep } from "node:timers/promises";
import { Http } from "../../kubernetes/http.ts";
import { loadConnection } from "../../kubernetes/kubeconfig.ts";

export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Api {
  readonly #http: Http;

  constructor(kubeconfigFile: string) {
    this.#http = new Http(
      loadConnection({ kubeconfig: kubeconfigFile, context: undefined, cluster: undefined }),
    );
  }

  async call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#http.request({ method, path, body });
    return {
      status: answer.status,
      body: typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body),
    };
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.#http.request({ method: "GET", path });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body as T;
  }

  /** Calls `changed` with the whole collection after the first list and after every change. Never returns. */
  async follow<T extends KubernetesObject>(
    path: string,
    changed: (items: ReadonlyMap<string, T>) => void,
  ): Promise<never> {
    for (;;) {
      try {
        await this.#followOnce(path, changed);
      } catch (error) {
        console.error(`watch of ${path}:`, error);
      }
      // A watch ends from time to time, and with every restart of the API server. Then list again.
      await sleep(200);
    }
  }

  async #followOnce<T extends KubernetesObject>(
    path: string,
    changed: (items: ReadonlyMap<string, T>) => void,
  ): Promise<void> {
    const list = await this.get<{ metadata: { resourceVersion: string }; items: T[] }>(path);
    const items = new Map(list.items.map((item) => [item.metadata.uid, item]));
    changed(items);
    const query = `?watch=true&allowWatchBookmarks=true&resourceVersion=${list.metadata.resourceVersion}`;
    for await (const line of this.#http.lines(path + query)) {
      const event = line as unknown as { type: string; object: T };
      if (event.type === "BOOKMARK") continue;
      if (event.type === "ERROR") throw new Error(JSON.stringify(line));
      if (event.type === "DELETED") items.delete(event.object.metadata.uid);
      else items.set(event.object.metadata.uid, event.object);
      changed(items);
    }
  }
}
