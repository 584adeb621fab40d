// A small client of the API server for the sandbox's own controllers: requests, and a copy of a collection that
// follows the changes.
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";

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

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly [name: string]: string } }];
  readonly users: readonly [{ readonly user: { readonly [name: string]: string } }];
}

export class Api {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfigFile: string) {
    const { clusters, users } = parse(readFileSync(kubeconfigFile, "utf8")) as Kubeconfig;
    const decode = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");
    this.#server = clusters[0].cluster["server"] ?? "";
    this.#agent = new Agent({
      keepAlive: true,
      ca: decode(clusters[0].cluster["certificate-authority-data"]),
      cert: decode(users[0].user["client-certificate-data"]),
      key: decode(users[0].user["client-key-data"]),
    });
  }

  #open(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    return new Promise((settle, fail) => {
      request(
        this.#server + path,
        { method, agent: this.#agent, headers: { "content-type": "application/json" } },
        settle,
      )
        .on("error", fail)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Answer> {
    const incoming = await this.#open(method, path, body);
    let text = "";
    for await (const part of incoming.setEncoding("utf8")) text += String(part);
    return { status: incoming.statusCode ?? 0, body: text };
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.call("GET", path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  }

  /** Calls `changed` with the whole collection after the first list and after every change, for ever. */
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
      // A watch ends from time to time, and with every restart of the API server: list again.
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
    const incoming = await this.#open("GET", path + query);
    if (incoming.statusCode !== 200) throw new Error(`status ${incoming.statusCode ?? "?"}`);
    let rest = "";
    for await (const part of incoming.setEncoding("utf8")) {
      const lines = (rest + String(part)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event = JSON.parse(line) as { type: string; object: T };
        if (event.type === "BOOKMARK") continue;
        if (event.type === "ERROR") throw new Error(line);
        if (event.type === "DELETED") items.delete(event.object.metadata.uid);
        else items.set(event.object.metadata.uid, event.object);
      }
      changed(items);
    }
  }
}
