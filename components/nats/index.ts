import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type NatsConnection, type SecretRef, serviceHost } from "../core/connection.ts";
import { Credential } from "../core/credential/index.ts";
import type { SecretSource } from "../core/credential/source.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { objectLabels } from "../core/labels.ts";
import { TOKENS } from "../core/tokens.ts";
import { immutableConfigMap } from "../core/workload/config-map.ts";
import { Workload } from "../core/workload/index.ts";
import { Job } from "../core/workload/job.ts";
import { headlessName } from "../core/workload/render-workload.ts";
import { accountShares } from "./accounts.ts";
import type { NatsArgs } from "./args.ts";
import { NATS, NATS_CLUSTER_PORT, NATS_MONITOR_PORT, NATS_PORT, natsEndpoints } from "./endpoints.ts";
import {
  CONFIG_FILE,
  CONFIG_PATH,
  DATA_PATH,
  renderServerConfig,
  renderStartScript,
  ROUTE_USER,
  routeVariable,
  START_FILE,
  USERS_FILE,
} from "./render-server.ts";
import { type HashedLogin, renderUsers } from "./render-users.ts";
import { renderStreams, streamAccounts, streamsLogin, streamsUser, streamsVariable } from "./streams.ts";
import { accountOf, inboxPrefix, type Login, loginsOf, type NatsUser } from "./users.ts";
import { validateNatsArgs } from "./validate-args.ts";

/** Any non-root user: the image sets none. */
const NATS_UID = 1000;
const PASSWORD_KEY = "password";
const URL_KEY = "url";
const MEMORY_LIMIT_MI = 512;
/** Any non-root user: the script writes no files. */
const SCRIPT_UID = 65534;
const SCRIPT_PATH = "/etc/nats-streams";
const SCRIPT_FILE = "set-streams.py";
const STREAMS_FILE = "streams.json";

/**
 * NATS with JetStream. The servers have the hashes of passwords; the Secret of each user has its password. The
 * running servers reload users that are added, changed or removed. Other users are not affected.
 */
export class Nats extends pulumi.ComponentResource {
  /** One connection per user. */
  readonly connections: Readonly<Record<string, NatsConnection>>;

  constructor(name: string, args: NatsArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Nats "${name}"`, validateNatsArgs(args));
    super(TOKENS.Nats, name, {}, opts);

    const users = args.users.map((user) => this.#createUser(name, args, user));
    const makers = this.#createMakers(name, args);
    const servers = this.#createServers(
      name,
      args,
      this.#createUsersFile(name, args, [
        ...users.flatMap(({ logins }) => logins),
        ...makers.map(({ login }) => login),
      ]),
    );
    if (makers.length > 0) {
      const passwords = makers.map(({ account, password }) => [streamsVariable(account), password] as const);
      this.#createStreams(name, args, Object.fromEntries(passwords), servers);
    }

    this.connections = Object.fromEntries(users.map(({ user, connection }) => [user, connection]));
    this.registerOutputs({
      connections: Object.fromEntries(
        Object.entries(this.connections).map(([user, { url, secret }]) => [
          user,
          { url, secretName: secret.name },
        ]),
      ),
    });
  }

  #createUser(name: string, args: NatsArgs, user: NatsUser) {
    const [current, ...others] = loginsOf(user);
    const password = this.#createPassword(name, args, current, [user.namespace]);
    return {
      user: user.name,
      connection: connectionOf(args, current, password.refIn(user.namespace)),
      logins: [
        hashedLogin(current, password),
        ...others.map((login) => hashedLogin(login, this.#createPassword(name, args, login, []))),
      ],
    };
  }

  #createPassword(
    name: string,
    { namespace, secrets = {} }: NatsArgs,
    login: Login,
    namespaces: readonly string[],
  ): Credential {
    const source = secrets[login.name];
    return new Credential(
      `${name}-user-${login.name}`,
      {
        application: login.user.name,
        namespaces,
        key: PASSWORD_KEY,
        hashed: true,
        ...(source === undefined ? {} : { source }),
        ...(holdsUrl(source)
          ? { derived: { [URL_KEY]: (password) => urlOf(namespace, login, password) } }
          : {}),
      },
      { parent: this },
    );
  }

  /**
   * The only mutable Secret: the kubelet updates its files in the running pods. A Secret with a new name would
   * create new pods, and every client would lose its connection.
   */
  #createUsersFile(
    name: string,
    { namespace, users, accounts = {}, replicas = 1, storageGi }: NatsArgs,
    logins: readonly pulumi.Output<HashedLogin>[],
  ): pulumi.Output<string> {
    const names = [...new Set(users.map(accountOf))];
    const file = {
      shares: accountShares(names, accounts, { replicas, storageGi }),
      maxBytesRequired: replicas > 1 && names.length > 1,
    };
    const secret = new kubernetes.core.v1.Secret(
      `${name}-users`,
      {
        metadata: { namespace, labels: objectLabels(NATS, "server") },
        stringData: {
          [USERS_FILE]: pulumi.secret(pulumi.all([...logins]).apply((all) => renderUsers(all, file))),
        },
      },
      { parent: this },
    );
    return secret.metadata.name;
  }

  /** The logins of the Job that makes streams, one for each account that has some. */
  #createMakers(name: string, { namespace, streams = [] }: NatsArgs) {
    return streamAccounts(streams).map((account) => {
      const credential = new Credential(
        `${name}-streams-${account}`,
        { application: NATS, namespaces: [namespace], key: PASSWORD_KEY, hashed: true },
        { parent: this },
      );
      const login = { name: streamsLogin(account), user: streamsUser(account, namespace) };
      return { account, login: hashedLogin(login, credential), password: credential.refIn(namespace) };
    });
  }

  #createStreams(
    name: string,
    { namespace, scriptImage, streams = [] }: NatsArgs,
    secretEnv: Readonly<Record<string, SecretRef>>,
    servers: Workload,
  ): void {
    const script = immutableConfigMap(
      `${name}-streams`,
      {
        application: NATS,
        namespace,
        files: {
          [SCRIPT_FILE]: readFileSync(join(import.meta.dirname, SCRIPT_FILE), "utf8"),
          [STREAMS_FILE]: renderStreams(streams),
        },
      },
      { parent: this },
    );
    new Job(
      `${name}-streams`,
      {
        application: NATS,
        role: "streams",
        namespace,
        deadlineSeconds: 900,
        pod: {
          image: scriptImage,
          uid: SCRIPT_UID,
          command: ["python3", `${SCRIPT_PATH}/${SCRIPT_FILE}`, `${SCRIPT_PATH}/${STREAMS_FILE}`],
          env: { NATS_HOST: serviceHost(NATS, namespace), NATS_PORT: String(NATS_PORT) },
          secretEnv,
          resources: { cpuRequestMillicores: 10, memoryRequestMi: 32, memoryLimitMi: 128 },
          mounts: { [SCRIPT_PATH]: { configMap: { name: script.metadata.name } } },
        },
      },
      // The servers must answer first, or the Job would use up its retries.
      { parent: this, dependsOn: [servers] },
    );
  }

  #createServers(name: string, args: NatsArgs, users: pulumi.Output<string>): Workload {
    const { namespace, replicas = 1, storageGi, storageClass, retain = false } = args;
    const config = immutableConfigMap(
      `${name}-config`,
      {
        application: NATS,
        namespace,
        files: {
          [CONFIG_FILE]: renderServerConfig({ replicas, storageGi }),
          [START_FILE]: renderStartScript(),
        },
      },
      { parent: this },
    );
    const health = (query: string) => ({ http: { path: `/healthz${query}`, port: "monitor" } });
    return new Workload(
      `${name}-server`,
      {
        application: NATS,
        role: "server",
        namespace,
        controller: "StatefulSet",
        replicas,
        headless: true,
        // The first server of a cluster becomes ready only when it has found the second.
        podManagement: "Parallel",
        pod: {
          image: args.image,
          uid: NATS_UID,
          command: ["sh", `${CONFIG_PATH}/${START_FILE}`],
          podFieldEnv: { POD_NAME: "metadata.name" },
          env: {
            // Makes Go collect garbage before the kernel kills the process.
            GOMEMLIMIT: `${Math.floor(MEMORY_LIMIT_MI * 0.9)}MiB`,
            ...routeEnv(namespace, replicas),
          },
          ...(replicas === 1
            ? {}
            : { secretEnv: { ROUTE_PASSWORD: this.#createRoutePassword(name, namespace) } }),
          ports: { client: NATS_PORT },
          podPorts: { monitor: NATS_MONITOR_PORT, ...(replicas === 1 ? {} : { cluster: NATS_CLUSTER_PORT }) },
          probes: {
            // Only the startup probe checks every stream: a stream with a problem must not restart a server.
            startup: { ...health(""), periodSeconds: 5, failureThreshold: 120 },
            readiness: health("?js-server-only=true"),
            liveness: { ...health("?js-enabled-only=true"), failureThreshold: 6 },
          },
          // 4–11 MiB at rest (docs/references.md#nats-footprint). The limit leaves room for streams in memory and
          // slow readers.
          resources: { cpuRequestMillicores: 50, memoryRequestMi: 128, memoryLimitMi: MEMORY_LIMIT_MI },
          mounts: {
            [CONFIG_PATH]: {
              projected: [{ configMap: { name: config.metadata.name } }, { secret: { name: users } }],
            },
            [DATA_PATH]: {
              claimTemplate: { storageGi, ...(storageClass === undefined ? {} : { storageClass }), retain },
            },
          },
          terminationGracePeriodSeconds: 60,
        },
      },
      { parent: this },
    );
  }

  /**
   * All servers share one password for their routes. With a new one, a restarted server could not join servers with
   * the old one, and the rollout would never finish. So the password never changes.
   */
  #createRoutePassword(name: string, namespace: string): SecretRef {
    const credential = new Credential(
      `${name}-routes`,
      {
        application: NATS,
        namespaces: [namespace],
        key: PASSWORD_KEY,
        // Begins with a letter: the server's parser would read digits as a number.
        source: { kind: "generated", prefix: "route-" },
        writeOnce: "the cluster: servers with different passwords do not let each other in",
      },
      { parent: this },
    );
    return credential.refIn(namespace);
  }
}

/** The program does not see a password in an existing Secret, so it cannot add a URL to it. */
function holdsUrl(source: SecretSource | undefined): boolean {
  return source === undefined || source.kind === "generated" || source.kind === "config";
}

function urlOf(namespace: string, login: Login, password: string): string {
  return `nats://${login.name}:${encodeURIComponent(password)}@${serviceHost(NATS, namespace)}:${NATS_PORT}`;
}

function connectionOf(
  { namespace, secrets = {} }: NatsArgs,
  login: Login,
  secret: SecretRef,
): NatsConnection {
  const host = serviceHost(NATS, namespace);
  return {
    host,
    port: NATS_PORT,
    url: `nats://${host}:${NATS_PORT}`,
    user: login.name,
    inboxPrefix: inboxPrefix(login.user),
    secret,
    ...(holdsUrl(secrets[login.name]) ? { secretUrl: { ...secret, key: URL_KEY } } : {}),
    endpoint: natsEndpoints(namespace).server,
  };
}

function hashedLogin(login: Login, { bcryptHash }: Credential): pulumi.Output<HashedLogin> {
  if (bcryptHash === undefined) throw new Error(`no hash of the password of ${login.name}`);
  return bcryptHash.apply((hash) => ({ ...login, hash }));
}

/**
 * The route address of each server. The kubelet inserts the password, which needs no escaping
 * (docs/references.md#passwords-in-addresses).
 */
function routeEnv(namespace: string, replicas: number): Record<string, string> {
  if (replicas === 1) return {};
  const service = serviceHost(headlessName(NATS), namespace);
  return Object.fromEntries(
    Array.from({ length: replicas }, (_, index) => [
      routeVariable(index),
      `nats://${ROUTE_USER}:$(ROUTE_PASSWORD)@${NATS}-${index}.${service}:${NATS_CLUSTER_PORT}`,
    ]),
  );
}
