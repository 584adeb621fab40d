import * as pulumi from "@pulumi/pulumi";
import { type RedisConnection, type SecretRef, serviceHost } from "../core/connection.ts";
import { Credential } from "../core/credential/index.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { dataClaim } from "../core/workload/claim.ts";
import { immutableConfigMap } from "../core/workload/config-map.ts";
import { Workload } from "../core/workload/index.ts";
import type { Mount } from "../core/workload/mounts.ts";
import type { RedisArgs } from "./args.ts";
import { consumerSlug, PROBE_USER } from "./consumers.ts";
import { REDIS, REDIS_PORT, redisEndpoints, redisUrl } from "./endpoints.ts";
import { CONFIG_FILE, LIVENESS_FILE, PATHS, renderConfig, START_FILE } from "./render-config.ts";
import { passwordVariable, PROBE_PASSWORD_VARIABLE, renderLiveness, renderStart } from "./render-start.ts";
import { validateRedisArgs } from "./validate-args.ts";

const PASSWORD_KEY = "password";
/** uid of `valkey` in the Debian variant of the official image. */
const REDIS_UID = 999;

/**
 * Valkey as a single server. There is no shared password. Each consumer has its own user, which can neither access
 * keys and channels of others nor change the server. A new consumer or password restarts the server.
 */
export class Redis extends pulumi.ComponentResource {
  /** One connection per consumer, as its own user. */
  readonly connections: Readonly<Record<string, RedisConnection>>;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Redis "${name}"`, validateRedisArgs(args));
    super(TOKENS.Redis, name, {}, opts);

    const passwords = this.#createPasswords(name, args);
    this.#createServer(name, args, {
      [PROBE_PASSWORD_VARIABLE]: this.#createProbePassword(name, args),
      ...Object.fromEntries(
        [...passwords].map(([consumer, { credential }]) => [
          passwordVariable(consumer),
          credential.refIn(args.namespace),
        ]),
      ),
    });

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

  #createPasswords(name: string, args: RedisArgs) {
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

  #createProbePassword(name: string, args: RedisArgs): SecretRef {
    const credential = new Credential(
      `${name}-probe`,
      { application: REDIS, namespaces: [args.namespace], key: PASSWORD_KEY },
      { parent: this },
    );
    return credential.refIn(args.namespace);
  }

  #createServer(name: string, args: RedisArgs, secretEnv: Readonly<Record<string, SecretRef>>): void {
    const config = immutableConfigMap(
      `${name}-config`,
      {
        application: REDIS,
        namespace: args.namespace,
        files: {
          [CONFIG_FILE]: renderConfig({ ...args, persistence: args.persistence !== undefined }),
          [START_FILE]: renderStart(args.consumers),
          [LIVENESS_FILE]: renderLiveness(),
        },
      },
      { parent: this },
    );
    // -e: without it an error, for example while the server loads its data, would count as success.
    const probe = { exec: ["valkey-cli", "-e", "--user", PROBE_USER, "ping"] };
    new Workload(
      `${name}-server`,
      {
        application: REDIS,
        role: "server",
        namespace: args.namespace,
        controller: "StatefulSet",
        pod: {
          image: args.image,
          uid: REDIS_UID,
          ...(args.squash === undefined ? {} : { squash: args.squash }),
          command: ["sh", `${PATHS.config}/${START_FILE}`],
          workingDir: PATHS.data,
          secretEnv,
          ports: { redis: REDIS_PORT },
          probes: {
            startup: { ...probe, periodSeconds: 5, failureThreshold: 60 },
            readiness: probe,
            liveness: {
              exec: ["sh", `${PATHS.config}/${LIVENESS_FILE}`],
              periodSeconds: 5,
              failureThreshold: 12,
            },
          },
          resources: {
            cpuRequestMillicores: 50,
            memoryRequestMi: args.maxMemoryMi,
            // A rewrite of the log copies changed pages.
            memoryLimitMi: 2 * args.maxMemoryMi + 64,
          },
          mounts: {
            [PATHS.config]: { configMap: { name: config.metadata.name } },
            [PATHS.data]: this.#createVolume(name, args),
            [PATHS.run]: { emptyDir: { sizeLimitMi: 1, inMemory: true } },
          },
          // Time to write the rest of the log.
          terminationGracePeriodSeconds: 60,
        },
      },
      { parent: this },
    );
  }

  #createVolume(name: string, { namespace, persistence }: RedisArgs): Mount {
    // The server requires a writable working directory, even if it stores nothing there.
    if (persistence === undefined) return { emptyDir: { sizeLimitMi: 16 } };
    const claim = dataClaim(name, { application: REDIS, namespace, ...persistence }, { parent: this });
    return { claim: { name: claim.metadata.name } };
  }
}

function connectionOf(consumer: string, { namespace }: RedisArgs, secret: SecretRef): RedisConnection {
  const address = { host: serviceHost(REDIS, namespace), port: REDIS_PORT, tls: false };
  return {
    ...address,
    url: redisUrl(consumer, address),
    username: consumer,
    prefix: consumer,
    secret,
    endpoint: redisEndpoints(namespace).server,
  };
}
