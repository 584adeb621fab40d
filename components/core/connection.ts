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

/** How a client of PostgreSQL protects its connection, as libpq calls it (`sslmode`). */
export type SslMode = "disable" | "require" | "verify-full";

/** A connection to one database of a PostgreSQL server, as one role. */
export interface DatabaseConnection extends Omit<Connection, "endpoint"> {
  readonly database: string;
  readonly role: string;
  /**
   * What the server, or the stack's configuration, asks of its clients.
   * @default disable
   */
  readonly sslMode?: SslMode;
  /** Absent for a server outside the cluster: no pod serves it. */
  readonly endpoint?: Endpoint;
}

/** A connection to a NATS server, as one user. */
export interface NatsConnection extends Connection {
  /** The name that goes with the password of `secret`. */
  readonly user: string;
  /** What the client has to be told as its inbox prefix: the user reads no other inbox. */
  readonly inboxPrefix: string;
  /**
   * The address with name and password: all that a client needs to log in. Absent where the password is in a Secret that
   * somebody else keeps.
   */
  readonly secretUrl?: SecretRef;
}

/** Where an application sends its traces. */
export interface TracingConnection {
  /** Address of the collector's OTLP receiver over HTTP: `http://host:port/v1/traces`. */
  readonly url: string;
  readonly projectName: string;
  /** The key that the collector wants, in the user's namespace; absent where it wants none. */
  readonly secret?: SecretRef;
  /** The pods that serve it: one end of the user's network edge. */
  readonly endpoint: Endpoint;
}

/** A connection to a Redis server (Valkey is one), as one user. */
export interface RedisConnection extends Omit<Connection, "endpoint"> {
  readonly username: string;
  /** What every key and channel of the user begins with, before a colon: the platform's own server refuses others. */
  readonly prefix: string;
  readonly tls: boolean;
  /** Absent for a server outside the cluster: no pod serves it. */
  readonly endpoint?: Endpoint;
}

/** A connection to an etcd cluster, as one user. */
export interface EtcdConnection extends Connection {
  readonly username: string;
  /** What every key of the user begins with: the cluster refuses others. */
  readonly keyPrefix: string;
}

/** The DNS name of a Service inside the cluster. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
