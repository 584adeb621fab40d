import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type EtcdConnection, type SecretRef, serviceHost } from "../core/connection.ts";
import { Credential } from "../core/credential/index.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { immutableConfigMap } from "../core/workload/config-map.ts";
import { Workload } from "../core/workload/index.ts";
import { Job } from "../core/workload/job.ts";
import type { EtcdArgs } from "./args.ts";
import {
  ETCD,
  ETCD_GATEWAY_PORT,
  ETCD_METRICS_PORT,
  ETCD_PEER_PORT,
  ETCD_PORT,
  etcdEndpoints,
} from "./endpoints.ts";
import { memberCountGuard } from "./member-count.ts";
import { DATA_PATH, NAME_VARIABLE, renderFlags } from "./render-flags.ts";
import { keyPrefix, passwordVariable, renderUsers, ROOT_PASSWORD_VARIABLE } from "./users.ts";
import { validateEtcdArgs } from "./validate-args.ts";

const PASSWORD_KEY = "password";
/** Any non-root user: the image sets none (docs/references.md#etcd-flags). */
const ETCD_UID = 1024;
/** Any non-root user: the script writes no files. */
const SCRIPT_UID = 65534;
const SCRIPT_PATH = "/etc/etcd-users";
const SCRIPT_FILE = "set-users.py";
const USERS_FILE = "users.json";

/**
 * etcd with authentication. No application gets root. An idempotent Job gives each user a role for its own keys,
 * and resets the passwords to the values in the Secrets.
 */
export class Etcd extends pulumi.ComponentResource {
  /** One connection per user. */
  readonly connections: Readonly<Record<string, EtcdConnection>>;

  constructor(name: string, args: EtcdArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Etcd "${name}"`, validateEtcdArgs(args));
    super(TOKENS.Etcd, name, {}, opts);

    const root = this.#createRoot(name, args);
    const passwords = this.#createPasswords(name, args);
    const members = this.#createMembers(name, args);
    this.#createUsers(name, args, members, {
      [ROOT_PASSWORD_VARIABLE]: root,
      ...Object.fromEntries(
        [...passwords].map(([user, { credential }]) => [
          passwordVariable(user),
          credential.refIn(args.namespace),
        ]),
      ),
    });

    this.connections = Object.fromEntries(
      [...passwords].map(([user, { namespace, credential }]) => [
        user,
        connectionOf(user, args.namespace, credential.refIn(namespace)),
      ]),
    );
    this.registerOutputs({
      connections: Object.fromEntries(
        Object.entries(this.connections).map(([user, { url, secret }]) => [
          user,
          { url, secretName: secret.name },
        ]),
      ),
    });
  }

  #createRoot(name: string, args: EtcdArgs): SecretRef {
    const credential = new Credential(
      `${name}-root`,
      {
        application: ETCD,
        namespaces: [args.namespace],
        key: PASSWORD_KEY,
        // Only root could change it, and the Job would have only the new password.
        writeOnce: "the way to manage etcd's users",
        retain: args.retain ?? false,
        ...(args.secrets?.root === undefined ? {} : { source: args.secrets.root }),
      },
      { parent: this },
    );
    return credential.refIn(args.namespace);
  }

  #createPasswords(name: string, args: EtcdArgs) {
    return new Map(
      Object.entries(args.users).map(([user, { namespace, password }]) => [
        user,
        {
          namespace,
          credential: new Credential(
            `${name}-${user}`,
            {
              application: user,
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

  #createMembers(name: string, args: EtcdArgs): Workload {
    const { storageGi, storageClass, squash, retain = false } = args;
    const guard = memberCountGuard(`${name}-members`, args, { parent: this, protect: retain });
    const alive = { http: { path: "/livez", port: "metrics" } };
    return new Workload(
      `${name}-server`,
      {
        application: ETCD,
        role: "server",
        namespace: args.namespace,
        controller: "StatefulSet",
        replicas: args.members,
        headless: true,
        // The first member becomes ready only when a second one runs.
        podManagement: "Parallel",
        pod: {
          image: args.image,
          uid: ETCD_UID,
          ...(squash === undefined ? {} : { squash }),
          command: ["/usr/local/bin/etcd"],
          args: renderFlags(args),
          podFieldEnv: { [NAME_VARIABLE]: "metadata.name" },
          ports: { client: ETCD_PORT, gateway: ETCD_GATEWAY_PORT },
          podPorts: { peer: ETCD_PEER_PORT, metrics: ETCD_METRICS_PORT },
          probes: {
            startup: { ...alive, periodSeconds: 5, failureThreshold: 60 },
            readiness: { http: { path: "/readyz", port: "metrics" } },
            liveness: { ...alive, failureThreshold: 6 },
          },
          // The index of all keys is in memory. The database itself is in the page cache.
          resources: {
            cpuRequestMillicores: 100,
            memoryRequestMi: 256,
            memoryLimitMi: 512 + 512 * args.quotaGi,
          },
          mounts: {
            [DATA_PATH]: {
              claimTemplate: { storageGi, retain, ...(storageClass === undefined ? {} : { storageClass }) },
            },
          },
        },
      },
      { parent: this, dependsOn: [guard] },
    );
  }

  #createUsers(
    name: string,
    args: EtcdArgs,
    members: Workload,
    secretEnv: Readonly<Record<string, SecretRef>>,
  ): void {
    const script = immutableConfigMap(
      `${name}-users`,
      {
        application: ETCD,
        namespace: args.namespace,
        files: {
          [SCRIPT_FILE]: readFileSync(join(import.meta.dirname, SCRIPT_FILE), "utf8"),
          [USERS_FILE]: renderUsers(args.users),
        },
      },
      { parent: this },
    );
    new Job(
      `${name}-users`,
      {
        application: ETCD,
        role: "users",
        namespace: args.namespace,
        deadlineSeconds: 600,
        pod: {
          image: args.scriptImage,
          uid: SCRIPT_UID,
          command: ["python3", `${SCRIPT_PATH}/${SCRIPT_FILE}`, `${SCRIPT_PATH}/${USERS_FILE}`],
          env: { ETCD_URL: urlOf(args.namespace, ETCD_GATEWAY_PORT) },
          secretEnv,
          resources: { cpuRequestMillicores: 10, memoryRequestMi: 32, memoryLimitMi: 128 },
          mounts: { [SCRIPT_PATH]: { configMap: { name: script.metadata.name } } },
        },
      },
      // The cluster must answer first, or the Job would use up its retries.
      { parent: this, dependsOn: [members] },
    );
  }
}

function urlOf(namespace: string, port: number): string {
  return `http://${serviceHost(ETCD, namespace)}:${port}`;
}

function connectionOf(user: string, serverNamespace: string, secret: SecretRef): EtcdConnection {
  return {
    host: serviceHost(ETCD, serverNamespace),
    port: ETCD_PORT,
    url: urlOf(serverNamespace, ETCD_PORT),
    username: user,
    keyPrefix: keyPrefix(user),
    secret,
    endpoint: etcdEndpoints(serverNamespace).server,
  };
}
