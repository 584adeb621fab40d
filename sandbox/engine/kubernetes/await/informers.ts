import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster.ts";
import type { ApiResource } from "../discovery.ts";
import { nameOf, textAt } from "../../../kubernetes/json.ts";
import type { KubeObject } from "../../../kubernetes/json.ts";

/** The current objects of one kind in one namespace, until it is closed. */
export interface Lease {
  readonly get: (name: string) => KubeObject | undefined;
  readonly list: () => readonly KubeObject[];
  readonly onChange: (listener: () => void) => void;
  readonly close: () => void;
}

/** How long a watch stays open for the next resource that waits for the same kind. */
const LINGER_SECONDS = 3;

/** One list and one watch for each kind and namespace, shared by all waiting resources. */
export class Informers {
  private readonly cluster: Cluster;
  private readonly open_ = new Map<string, Informer>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Fails if the kind may not be listed. */
  async open(resource: ApiResource, namespace: string | undefined): Promise<Lease> {
    const key = [resource.apiVersion, resource.plural, namespace ?? ""].join(" ");
    let informer = this.open_.get(key);
    if (!informer) {
      informer = new Informer(this.cluster, resource, namespace, () => this.open_.delete(key));
      this.open_.set(key, informer);
    }
    return await informer.lease();
  }
}

class Informer {
  private readonly cluster: Cluster;
  private readonly resource: ApiResource;
  private readonly namespace: string | undefined;
  private readonly onStop: () => void;
  private readonly objects = new Map<string, KubeObject>();
  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private readonly listed: Promise<string>;
  private leases = 0;
  private linger: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster, resource: ApiResource, namespace: string | undefined, onStop: () => void) {
    this.cluster = cluster;
    this.resource = resource;
    this.namespace = namespace;
    this.onStop = onStop;
    this.listed = this.list();
    this.listed.then(
      (resourceVersion) => void this.follow(resourceVersion),
      () => this.stop(),
    );
  }

  async lease(): Promise<Lease> {
    this.leases++;
    clearTimeout(this.linger);
    try {
      await this.listed;
    } catch (error) {
      this.leases--;
      throw error;
    }
    const own = new Set<() => void>();
    return {
      get: (name) => this.objects.get(name),
      list: () => [...this.objects.values()],
      onChange: (listener) => {
        own.add(listener);
        this.listeners.add(listener);
      },
      close: () => {
        for (const listener of own) this.listeners.delete(listener);
        if (--this.leases === 0) this.linger = setTimeout(() => this.stop(), LINGER_SECONDS * 1000);
      },
    };
  }

  private stop(): void {
    this.onStop();
    this.stopping.abort();
  }

  private async list(): Promise<string> {
    const { items, resourceVersion } = await this.cluster.list(this.resource, this.namespace);
    this.objects.clear();
    for (const item of items) this.objects.set(nameOf(item), item);
    for (const listener of this.listeners) listener();
    return resourceVersion;
  }

  /** Watches. Lists again if the watch cannot continue (a restart, an expired version). */
  private async follow(from: string): Promise<void> {
    const { signal } = this.stopping;
    let resourceVersion: string | undefined = from;
    let failures = 0;
    while (!signal.aborted) {
      try {
        resourceVersion ??= await this.list();
        for await (const { type, object } of this.cluster.watch(
          this.resource,
          this.namespace,
          resourceVersion,
          signal,
        )) {
          if (type === "ERROR") throw new Error(textAt(object, "message") ?? "the watch failed");
          failures = 0;
          resourceVersion = textAt(object, "metadata", "resourceVersion") ?? resourceVersion;
          this.take(type, object);
        }
      } catch {
        resourceVersion = undefined;
        failures++;
        await sleep(Math.min(250 * 2 ** failures, 5000), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private take(type: string, object: KubeObject): void {
    if (type === "BOOKMARK") return;
    if (type === "DELETED") this.objects.delete(nameOf(object));
    else this.objects.set(nameOf(object), object);
    for (const listener of this.listeners) listener();
  }
}
