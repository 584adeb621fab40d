import type { Input } from "@pulumi/pulumi";
import type { Endpoint } from "./network/endpoint.ts";

/** The location of a secret value: one key of a Kubernetes Secret in the user's own namespace. Never the value. */
export interface SecretRef {
  readonly name: Input<string>;
  readonly key: string;
}

/** The connection that a service gives to one of its users. */
export interface Connection {
  /** Cluster-internal host name. */
  readonly host: string;
  readonly port: number;
  /** Address without the secret. */
  readonly url: string;
  /** The user's own Secret, in the user's namespace. */
  readonly secret: SecretRef;
  /** The pods that serve it, for the network edge of the user. */
  readonly endpoint: Endpoint;
}

/** How a PostgreSQL client protects its connection (`sslmode` in libpq). */
export type SslMode = "disable" | "require" | "verify-full";

/** A connection to one database of a PostgreSQL server, as one role. */
export interface DatabaseConnection extends Omit<Connection, "endpoint"> {
  readonly database: string;
  readonly role: string;
  /**
   * What the server or the stack configuration requires of its clients.
   * @default disable
   */
  readonly sslMode?: SslMode;
  /** Absent for a server outside the cluster, which has no pods. */
  readonly endpoint?: Endpoint;
  /** Size of the server's volume, in GiB. Absent if it is not known. */
  readonly storageGi?: number;
}

/** A connection to a NATS server, as one user. */
export interface NatsConnection extends Connection {
  /** The user name for the password in `secret`. */
  readonly user: string;
  /** The inbox prefix that the client must set: the user can read no other inbox. */
  readonly inboxPrefix: string;
  /**
   * Address with user and password: enough for a client to log in. Absent if the password is in a Secret that is
   * managed outside the platform.
   */
  readonly secretUrl?: SecretRef;
}

/** Where an application sends its traces. */
export interface TracingConnection {
  /** Address of the collector's OTLP receiver over HTTP: `http://host:port/v1/traces`. */
  readonly url: string;
  readonly projectName: string;
  /** The key for the collector, in the user's namespace; absent if the collector needs none. */
  readonly secret?: SecretRef;
  /** The pods that serve it, for the network edge of the user. */
  readonly endpoint: Endpoint;
}

/** A connection to a Redis-compatible server, such as Valkey, as one user. */
export interface RedisConnection extends Omit<Connection, "endpoint"> {
  readonly username: string;
  /** Prefix of every key and channel of the user, before a colon. The server of the platform rejects other keys. */
  readonly prefix: string;
  readonly tls: boolean;
  /** Absent for a server outside the cluster, which has no pods. */
  readonly endpoint?: Endpoint;
}

/** A connection to an etcd cluster, as one user. */
export interface EtcdConnection extends Connection {
  readonly username: string;
  /** Prefix of every key of the user. The cluster rejects other keys. */
  readonly keyPrefix: string;
}

/** The DNS name of a Service inside the cluster. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
