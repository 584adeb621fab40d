import type { Input } from "@pulumi/pulumi";
import type { Endpoint } from "./network/endpoint.ts";

/** Where a secret value lives: one key of a Kubernetes Secret in the user's own namespace. Never the value itself. */
export interface SecretRef {
  readonly name: Input<string>;
  readonly key: string;
}

/** What a service hands to one of its users. */
export interface Connection {
  /** Cluster-internal host name. */
  readonly host: string;
  readonly port: number;
  /** Address without the secret part. */
  readonly url: string;
  /** The user's own secret, in the user's namespace. */
  readonly secret: SecretRef;
  /** The pods that serve it: one end of the user's network edge. */
  readonly endpoint: Endpoint;
}

/** A connection to one database of a PostgreSQL server, as one role. */
export interface DatabaseConnection extends Connection {
  readonly database: string;
  readonly role: string;
}

/** The DNS name of a Service inside the cluster. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
