import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Connection, type SecretRef, serviceHost } from "../core/connection.ts";
import { Credential } from "../core/credential/index.ts";
import { generatedWith, type SecretSource } from "../core/credential/source.ts";
import { checkReleasedPods } from "../core/release/check-pods.ts";
import { deliveryRelease } from "../core/release/delivery.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { immutableConfigMap } from "../core/workload/config-map.ts";
import { expose } from "../core/workload/expose.ts";
import { Workload } from "../core/workload/index.ts";
import { Job } from "../core/workload/job.ts";
import type { LiteLlmArgs } from "./args.ts";
import { LITELLM, LITELLM_PORT, litellmEndpoints, litellmName } from "./endpoints.ts";
import { apiKeySlug, apiKeyVariable } from "./models.ts";
import {
  CONFIG_FILE,
  keysPod,
  LITELLM_START_SECONDS,
  migrationPod,
  REGISTRATIONS_FILE,
  SCRIPT_FILE,
  serverPod,
} from "./pods.ts";
import { GUARD_FILE, renderConfig, ROUTES_FILE } from "./render-config.ts";
import { renderRegistrations } from "./render-keys.ts";
import { renderValues } from "./render-values.ts";
import { validateLiteLlmArgs } from "./validate-args.ts";

const SECRET_KEY = "key";
const source = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");

/** The LLM gateway: the LiteLLM proxy with a typed model list, and with teams, keys and budgets as code. */
export class LiteLlm extends pulumi.ComponentResource {
  /** For operators: its secret is the master key, which has all rights. */
  readonly admin: Connection;
  /** One connection per consumer, with its own key. */
  readonly connections: Readonly<Record<string, Connection>>;

  constructor(name: string, args: LiteLlmArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`LiteLlm "${name}"`, validateLiteLlmArgs(args));
    super(TOKENS.LiteLlm, name, {}, opts);

    const masterKey = this.#createMasterKey(name, args);
    const keys = this.#createKeys(name, args);
    this.admin = connectionWith(args, masterKey.refIn(args.namespace));
    const secretEnv = {
      LITELLM_MASTER_KEY: this.admin.secret,
      ...this.#createSaltKey(name, args),
      ...this.#createApiKeys(name, args),
    };
    const server = this.#createServer(name, args, secretEnv, this.#createMigration(name, args));
    this.#exposeServer(name, args, server);
    this.#registerKeys(name, args, keys, server);

    this.connections = Object.fromEntries(
      Object.entries(args.consumers ?? {}).map(([consumer, { namespace }]) => [
        consumer,
        connectionWith(args, (keys.get(consumer) ?? masterKey).refIn(namespace)),
      ]),
    );
    this.registerOutputs({
      url: this.admin.url,
      masterKeySecretName: this.admin.secret.name,
      keySecretNames: Object.fromEntries(
        Object.entries(this.connections).map(([consumer, { secret }]) => [consumer, secret.name]),
      ),
    });
  }

  #createMasterKey(name: string, args: LiteLlmArgs): Credential {
    const consumers = Object.values(args.consumers ?? {}).map(({ namespace }) => namespace);
    return this.#createKey(`${name}-master-key`, {
      // With virtual keys, only the operator gets the master key: it is exempt from every budget
      // (trailofbits/buttercup#550).
      namespaces: [args.namespace, ...(args.database === undefined ? consumers : [])],
      source: args.secrets?.masterKey,
    });
  }

  #createKeys(name: string, args: LiteLlmArgs): Map<string, Credential> {
    if (args.database === undefined) return new Map();
    return new Map(
      Object.entries(args.consumers ?? {}).map(([consumer, { namespace, source }]) => [
        consumer,
        this.#createKey(`${name}-key-${consumer}`, { namespaces: [args.namespace, namespace], source }),
      ]),
    );
  }

  #createSaltKey(name: string, args: LiteLlmArgs): Record<string, SecretRef> {
    if (args.database === undefined) return {};
    const saltKey = this.#createKey(`${name}-salt-key`, {
      namespaces: [args.namespace],
      source: args.secrets?.saltKey,
      writeOnce: "every provider credential in the database",
      retain: args.retain ?? false,
    });
    return { LITELLM_SALT_KEY: saltKey.refIn(args.namespace) };
  }

  /** LiteLLM rejects a key without `sk-`, and its documentation shows the salt key with it as well. */
  #createKey(
    name: string,
    args: {
      readonly namespaces: readonly string[];
      readonly source: SecretSource | undefined;
      readonly writeOnce?: string;
      readonly retain?: boolean;
    },
  ): Credential {
    const { source, ...others } = args;
    return new Credential(
      name,
      {
        application: LITELLM,
        key: SECRET_KEY,
        source: generatedWith("sk-", source),
        ...others,
      },
      { parent: this },
    );
  }

  #createApiKeys(name: string, args: LiteLlmArgs): Record<string, SecretRef> {
    return Object.fromEntries(
      Object.entries(args.apiKeys).map(([apiKey, source]) => {
        const credential = new Credential(
          `${name}-api-key-${apiKeySlug(apiKey)}`,
          { application: LITELLM, namespaces: [args.namespace], key: SECRET_KEY, source },
          { parent: this },
        );
        return [apiKeyVariable(apiKey), credential.refIn(args.namespace)];
      }),
    );
  }

  /** A single Job migrates the schema, so that pods never migrate it concurrently. */
  #createMigration(name: string, args: LiteLlmArgs): Job[] {
    if (args.database === undefined) return [];
    const job = new Job(
      `${name}-migration`,
      {
        application: LITELLM,
        role: "migration",
        namespace: args.namespace,
        deadlineSeconds: 900,
        pod: migrationPod(args, args.database),
      },
      { parent: this },
    );
    return [job];
  }

  #createServer(
    name: string,
    args: LiteLlmArgs,
    secretEnv: Readonly<Record<string, SecretRef>>,
    dependsOn: pulumi.Resource[],
  ): pulumi.Resource {
    const { database, redis, cache, tracing, delivery, autoscale, replicas = 1 } = args;
    const config = immutableConfigMap(
      `${name}-config`,
      {
        application: LITELLM,
        namespace: args.namespace,
        files: {
          [CONFIG_FILE]: renderConfig({
            models: args.models,
            database: database !== undefined,
            failClosed: args.failClosed,
            redis,
            cache,
            cacheScope: cache?.scope,
            tracing: tracing !== undefined,
            router: args.router,
          }),
          [GUARD_FILE]: source(GUARD_FILE),
          [ROUTES_FILE]: source(ROUTES_FILE),
        },
      },
      { parent: this },
    );
    const pod = serverPod(args, { name: config.metadata.name }, secretEnv);
    if (delivery?.kind !== "helm") {
      return new Workload(
        `${name}-server`,
        {
          application: LITELLM,
          role: "server",
          namespace: args.namespace,
          controller: "Deployment",
          replicas,
          ...(autoscale === undefined ? {} : { autoscale }),
          pod,
        },
        { parent: this, dependsOn },
      );
    }
    const { server } = litellmEndpoints(args.namespace, "helm");
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      {
        name: LITELLM,
        namespace: args.namespace,
        ...deliveryRelease(delivery, LITELLM_START_SECONDS),
        values: renderValues({
          pod,
          podLabels: server.podLabels,
          config: { name: config.metadata.name, key: CONFIG_FILE, files: [GUARD_FILE, ROUTES_FILE] },
          masterKey: this.admin.secret,
          replicas,
          autoscale,
        }),
      },
      { parent: this, dependsOn },
    );
    checkReleasedPods(name, release, [{ name: litellmName("helm"), endpoint: server }], { parent: this });
    return release;
  }

  /** The exposure is one object for both kinds of delivery. It selects the pods of the current one. */
  #exposeServer(name: string, args: LiteLlmArgs, server: pulumi.Resource): void {
    const { namespace, delivery, exposure = { kind: "none" } } = args;
    const { podLabels } = litellmEndpoints(namespace, delivery?.kind).server;
    expose(
      `${name}-server`,
      {
        application: LITELLM,
        role: podLabels["app.kubernetes.io/component"],
        namespace,
        service: litellmName(delivery?.kind),
        port: LITELLM_PORT,
      },
      exposure,
      { parent: this, dependsOn: [server] },
    );
  }

  /** A new key, limit or team creates a new Job, which needs a running server. */
  #registerKeys(
    name: string,
    args: LiteLlmArgs,
    keys: ReadonlyMap<string, Credential>,
    server: pulumi.Resource,
  ): void {
    const { consumers = {}, teams = {} } = args;
    // With a database there is always a Job, because it also deletes the last key that was removed.
    if (args.database === undefined) return;
    const files = immutableConfigMap(
      `${name}-keys`,
      {
        application: LITELLM,
        namespace: args.namespace,
        files: {
          [SCRIPT_FILE]: source(SCRIPT_FILE),
          [REGISTRATIONS_FILE]: renderRegistrations({ teams, keys: consumers }),
        },
      },
      { parent: this },
    );
    const refs = Object.fromEntries(
      [...keys].map(([consumer, key]) => [consumer, key.refIn(args.namespace)]),
    );
    new Job(
      `${name}-keys`,
      {
        application: LITELLM,
        role: "keys",
        namespace: args.namespace,
        deadlineSeconds: 300,
        pod: keysPod(args, { name: files.metadata.name }, this.admin.url, this.admin.secret, refs),
      },
      { parent: this, dependsOn: [server] },
    );
  }
}

function connectionWith(args: LiteLlmArgs, secret: SecretRef): Connection {
  const host = serviceHost(litellmName(args.delivery?.kind), args.namespace);
  return {
    host,
    port: LITELLM_PORT,
    url: `http://${host}:${LITELLM_PORT}`,
    secret,
    endpoint: litellmEndpoints(args.namespace, args.delivery?.kind).server,
  };
}
