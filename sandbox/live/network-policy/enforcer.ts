// The sandbox's own enforcer of network policies: follows the API server, and keeps one nftables table. The CNI plugin
// announces each new pod and waits, so that a pod's policies are applied before its first process starts.
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { enforcerSocket } from "../configuration.ts";
import type { Api, KubernetesObject } from "../inside/api.ts";
import type { Announcement } from "./announcement.ts";
import type { KnownPod, Labels, Policy } from "./objects.ts";
import { renderRuleset } from "./ruleset.ts";

type PodObject = KubernetesObject & {
  readonly spec: {
    readonly containers: readonly { readonly ports?: KnownPod["ports"] }[];
    readonly initContainers?: readonly { readonly ports?: KnownPod["ports"] }[];
  };
};

async function replaceTable(text: string): Promise<void> {
  const running = promisify(execFile)("nft", ["--file", "-"]);
  running.child.stdin?.end(text);
  await running;
}

/** The initial state: no pod is known, and none has a connection. */
export async function closeAll(): Promise<void> {
  await replaceTable(renderRuleset({ policies: [], pods: [], namespaces: new Map() }));
}

export class Enforcer {
  #policies: ReadonlyMap<string, Policy & KubernetesObject> | undefined;
  #pods: ReadonlyMap<string, PodObject> | undefined;
  #namespaces: ReadonlyMap<string, KubernetesObject> | undefined;
  /** The pod that has an address now. IPAM can reuse an address while the API server still shows the previous pod. */
  readonly #owners = new Map<string, { readonly uid: string; readonly containerId: string }>();
  #applied = "";
  #work: Promise<void> = Promise.resolve();
  #queued = false;
  /** Called after every change that was applied. */
  readonly #waiting = new Set<() => void>();

  start(api: Api): void {
    void api.follow<Policy & KubernetesObject>("/apis/networking.k8s.io/v1/networkpolicies", (items) => {
      this.#policies = items;
      this.#queue();
    });
    void api.follow<PodObject>("/api/v1/pods", (items) => {
      this.#pods = items;
      this.#queue();
    });
    void api.follow("/api/v1/namespaces", (items) => {
      this.#namespaces = items;
      this.#queue();
    });
    this.#listen();
  }

  /** At most one transaction runs and one waits. The waiting one includes all later changes. */
  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#work = this.#work.then(async () => {
      this.#queued = false;
      try {
        await this.#apply();
      } catch (error) {
        // The previous table stays. Pods that are not in it have no connections.
        console.error("network policies:", error);
      }
    });
  }

  async #apply(): Promise<void> {
    // Incomplete data could allow what a policy denies.
    if (this.#policies === undefined || this.#pods === undefined || this.#namespaces === undefined) return;
    const text = renderRuleset({
      policies: [...this.#policies.values()],
      pods: this.#knownPods(this.#pods),
      namespaces: new Map<string, Labels>(
        [...this.#namespaces.values()].map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
      ),
    });
    if (text !== this.#applied) {
      await replaceTable(text);
      this.#applied = text;
    }
    for (const check of this.#waiting) check();
  }

  #knownPods(pods: ReadonlyMap<string, PodObject>): KnownPod[] {
    return [...this.#owners].flatMap(([address, { uid }]) => {
      const pod = pods.get(uid);
      if (pod === undefined) return [];
      const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      return {
        namespace: pod.metadata.namespace ?? "",
        name: pod.metadata.name,
        labels: pod.metadata.labels ?? {},
        address,
        ports: containers.flatMap(({ ports }) => ports ?? []),
      };
    });
  }

  #isKnown({ uid, address }: Announcement): boolean {
    return (
      this.#pods?.has(uid) === true &&
      this.#owners.get(address ?? "")?.uid === uid &&
      this.#applied.includes(`${address ?? ""} . ${address ?? ""}`)
    );
  }

  /** One announcement per connection. The answer is sent when the table contains the pod. */
  #listen(): void {
    createServer((socket) => {
      let text = "";
      let check: (() => void) | undefined;
      socket
        .setEncoding("utf8")
        .on("error", () => socket.destroy())
        .on("close", () => check && this.#waiting.delete(check))
        .on("data", (part: string) => {
          text += part;
          if (!text.endsWith("\n")) return;
          const announcement = JSON.parse(text) as Announcement;
          this.#announce(announcement);
          if (announcement.address === undefined) {
            socket.end("removed\n");
            return;
          }
          check = () => {
            if (this.#isKnown(announcement)) socket.end("known\n");
          };
          this.#waiting.add(check);
        });
    }).listen(enforcerSocket);
  }

  #announce({ uid, containerId, address }: Announcement): void {
    if (address === undefined) {
      for (const [owned, owner] of this.#owners) {
        if (owner.containerId === containerId) this.#owners.delete(owned);
      }
    } else {
      this.#owners.set(address, { uid, containerId });
    }
    this.#queue();
  }
}
