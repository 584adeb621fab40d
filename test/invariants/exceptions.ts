import type { OutsidePods } from "../../components/network/endpoint.ts";
import { loginName } from "../../components/nats/users.ts";
import type { PlatformConfig } from "../../stacks/config.ts";
import { edgesOf } from "../../stacks/topology.ts";

// What a single thing may do, by its name and with the reason. Everything else that does the same is told of.

/** Names, and why each may. */
export type Exceptions = Readonly<Record<string, string>>;

/** Secrets whose contents change in place, by their resource. */
export const MUTABLE_SECRETS: Exceptions = {
  "nats-users": "the running servers read it again; with a new Secret every client would lose its connection",
};

/** Applications whose /health may be asked again and again. LiteLLM's calls every model with a key, and costs money (S0.48). */
export const FREE_HEALTH: Exceptions = {
  "open-webui": "answers that it is there, from memory: it asks neither the database nor a model",
};

/** Variables that are named like a secret and hold none. */
export const NO_SECRETS: Exceptions = {
  REDIS_KEY_PREFIX: "what Open WebUI's keys in Redis begin with, which is its name",
};

/** Exact versions that do not begin with their number, by the end of the image's repository. */
export const TAG_FORMS: Readonly<Record<string, RegExp>> = {
  "/arizephoenix/phoenix": /^version-\d+\.\d+\.\d+-nonroot$/,
};

/** A Secret that the platform makes for pods of others. */
export interface HandedOut {
  /** Its resource. */
  readonly name: string;
  readonly namespace: string;
}

/** The Secrets of those who use NATS and etcd from pods of their own, where the configuration says that these are. */
export function handedOut({ features, nats, etcd }: PlatformConfig): HandedOut[] {
  return [
    ...(features.nats ? nats.users : []).map(({ name, namespace, passwords: [first] }) => ({
      name: `nats-user-${loginName(name, first?.number ?? 1)}-${namespace}`,
      namespace,
    })),
    ...(features.etcd ? etcd.users : []).map(({ name, namespace }) => ({
      name: `etcd-${name}-${namespace}`,
      namespace,
    })),
  ];
}

/** Pods that the platform does not make, and that edges let in. */
export function outsidePods(config: PlatformConfig): OutsidePods[] {
  return edgesOf(config).flatMap(({ from }) =>
    "outside" in from && "namespace" in from.outside ? [from.outside] : [],
  );
}
