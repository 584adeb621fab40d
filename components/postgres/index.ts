import * as pulumi from "@pulumi/pulumi";
import { type DatabaseConnection, type SecretRef, serviceHost } from "../core/connection.ts";
import { Credential } from "../core/credential/index.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { dataClaim } from "../core/workload/claim.ts";
import { immutableConfigMap } from "../core/workload/config-map.ts";
import { Workload } from "../core/workload/index.ts";
import { Job } from "../core/workload/job.ts";
import type { PostgresArgs } from "./args.ts";
import { connectionsOf } from "./connection-limits.ts";
import { consumerSlug, extensionsOf } from "./consumers.ts";
import { POSTGRES, POSTGRES_PORT, postgresEndpoints } from "./endpoints.ts";
import { passwordVariable, renderRolesScript } from "./render-roles.ts";
import { renderServerArguments } from "./render-settings.ts";
import { validatePostgresArgs } from "./validate-args.ts";

const SUPERUSER = "postgres";
const PASSWORD_KEY = "password";
/** uid of `postgres` in the Debian variant of the official image. */
const POSTGRES_UID = 999;
const VOLUME_PATH = "/var/lib/postgresql";
const SCRIPT_PATH = "/etc/postgres-roles";
const SCRIPT_FILE = "roles.sql";

/**
 * PostgreSQL as a single server. No application gets the superuser. An idempotent Job gives each consumer its own
 * role and database, and resets the passwords of the roles to the values in the Secrets.
 */
export class Postgres extends pulumi.ComponentResource {
  /** One connection per consumer, to its own database as its own role. */
  readonly connections: Readonly<Record<string, DatabaseConnection>>;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Postgres "${name}"`, validatePostgresArgs(args));
    super(TOKENS.Postgres, name, {}, opts);

    const superuser = this.#createSuperuser(name, args);
    const server = this.#createServer(name, args, superuser);
    const passwords = this.#createPasswords(name, args);
    this.#createRoles(name, args, superuser, passwords, server);

    this.connections = Object.fromEntries(
      [...passwords].map(([consumer, { namespace, credential }]) => [
        consumer,
        connectionOf(consumer, args, credential.refIn(namespace)),
      ]),
    );
    this.registerOutputs({
      connections: Object.fromEntries(
        Object.entries(this.connections).map(([consumer, { url, secret }]) => [
          consumer,
          { url, secretName: secret.name },
        ]),
      ),
    });
  }

  #createSuperuser(name: string, args: PostgresArgs): SecretRef {
    const credential = new Credential(
      `${name}-superuser`,
      // The server uses it only when it creates the data folder. A later value would only lock the Job out.
      {
        application: POSTGRES,
        namespaces: [args.namespace],
        key: PASSWORD_KEY,
        writeOnce: "the way into the server's data: it keeps the password that it began with",
        retain: args.retain ?? false,
        ...(args.secrets?.superuser === undefined ? {} : { source: args.secrets.superuser }),
      },
      { parent: this },
    );
    return credential.refIn(args.namespace);
  }

  #createServer(name: string, args: PostgresArgs, superuser: SecretRef): Workload {
    const { namespace, storageGi, storageClass, retain = false } = args;
    const claim = dataClaim(
      name,
      {
        application: POSTGRES,
        namespace,
        storageGi,
        retain,
        ...(storageClass === undefined ? {} : { storageClass }),
      },
      { parent: this },
    );
    // 127.0.0.1 instead of the socket: while the image creates a data folder, a temporary server answers on the
    // socket only.
    const probe = { exec: ["pg_isready", "--host=127.0.0.1", `--username=${SUPERUSER}`] };
    return new Workload(
      `${name}-server`,
      {
        application: POSTGRES,
        role: "server",
        namespace: args.namespace,
        controller: "StatefulSet",
        pod: {
          image: args.image,
          uid: POSTGRES_UID,
          // A subdirectory: the root of a volume can contain lost+found, and initdb requires an empty directory.
          args: ["postgres", ...renderServerArguments(args)],
          env: { PGDATA: `${VOLUME_PATH}/data` },
          secretEnv: { POSTGRES_PASSWORD: superuser },
          ports: { postgres: POSTGRES_PORT },
          probes: {
            startup: { ...probe, periodSeconds: 5, failureThreshold: 60 },
            readiness: probe,
            liveness: { ...probe, failureThreshold: 6 },
          },
          resources: { cpuRequestMillicores: 100, memoryRequestMi: 256, memoryLimitMi: 1024 },
          mounts: {
            [VOLUME_PATH]: { claim: { name: claim.metadata.name } },
            "/var/run/postgresql": { emptyDir: { sizeLimitMi: 1, inMemory: true } },
            "/tmp": { emptyDir: { sizeLimitMi: 256 } },
          },
          // Time for open transactions and the shutdown checkpoint.
          terminationGracePeriodSeconds: 60,
        },
      },
      { parent: this },
    );
  }

  #createPasswords(name: string, args: PostgresArgs) {
    return new Map(
      Object.entries(args.consumers).map(([consumer, { namespace, password }]) => [
        consumer,
        {
          namespace,
          credential: new Credential(
            `${name}-${consumerSlug(consumer)}`,
            {
              application: consumerSlug(consumer),
              namespaces: [args.namespace, namespace],
              key: PASSWORD_KEY,
              ...(password === undefined ? {} : { source: password }),
            },
            { parent: this },
          ),
        },
      ]),
    );
  }

  #createRoles(
    name: string,
    args: PostgresArgs,
    superuser: SecretRef,
    passwords: ReadonlyMap<string, { readonly credential: Credential }>,
    server: Workload,
  ): void {
    const script = immutableConfigMap(
      `${name}-roles`,
      {
        application: POSTGRES,
        namespace: args.namespace,
        files: {
          [SCRIPT_FILE]: renderRolesScript(
            [...passwords.keys()],
            extensionsOf(args.consumers),
            connectionsOf(args.consumers),
          ),
        },
      },
      { parent: this },
    );
    new Job(
      `${name}-roles`,
      {
        application: POSTGRES,
        role: "roles",
        namespace: args.namespace,
        deadlineSeconds: 300,
        pod: {
          image: args.image,
          uid: POSTGRES_UID,
          command: ["psql", "--no-psqlrc", "--quiet", `--file=${SCRIPT_PATH}/${SCRIPT_FILE}`],
          env: {
            PGHOST: serviceHost(POSTGRES, args.namespace),
            PGPORT: String(POSTGRES_PORT),
            PGUSER: SUPERUSER,
            PGDATABASE: "postgres",
            PGCONNECT_TIMEOUT: "10",
            // Not used by the script: a new value creates a new Job.
            ...(args.rolesRun ? { ROLES_RUN: String(args.rolesRun) } : {}),
          },
          secretEnv: {
            PGPASSWORD: superuser,
            ...Object.fromEntries(
              [...passwords].map(([consumer, { credential }]) => [
                passwordVariable(consumer),
                credential.refIn(args.namespace),
              ]),
            ),
          },
          resources: { cpuRequestMillicores: 10, memoryRequestMi: 32, memoryLimitMi: 128 },
          mounts: { [SCRIPT_PATH]: { configMap: { name: script.metadata.name } } },
        },
      },
      // The server must answer first, or the Job would use up its retries.
      { parent: this, dependsOn: [server] },
    );
  }
}

/**
 * Without TLS: the platform has no CA that a client could verify, and an unverified certificate does not protect
 * against an attacker between two pods. Network policies admit only consumers, and SCRAM never sends a password.
 * CloudNativePG, for prod, uses TLS.
 */
function connectionOf(
  consumer: string,
  { namespace, storageGi }: PostgresArgs,
  secret: SecretRef,
): DatabaseConnection {
  const host = serviceHost(POSTGRES, namespace);
  return {
    host,
    port: POSTGRES_PORT,
    url: `postgresql://${consumer}@${host}:${POSTGRES_PORT}/${consumer}`,
    database: consumer,
    role: consumer,
    sslMode: "disable",
    secret,
    endpoint: postgresEndpoints(namespace).server,
    storageGi,
  };
}
