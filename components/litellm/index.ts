import * as pulumi from "@pulumi/pulumi";
import { type Connection, type DatabaseConnection, type SecretRef, serviceHost } from "../connection.ts";
import { Credential } from "../credential/index.ts";
import type { Image } from "../images.ts";
import { refuseArguments } from "../invalid-args.ts";
import { TOKENS } from "../tokens.ts";
import { immutableConfigMap } from "../workload/config-map.ts";
import { Workload } from "../workload/index.ts";
import { Job } from "../workload/job.ts";
import type { PodArgs } from "../workload/render-pod.ts";
import { LITELLM, LITELLM_PORT, litellmEndpoints } from "./endpoints.ts";
import { apiKeySlug, apiKeyVariable, type Model } from "./models.ts";
import { renderConfig } from "./render-config.ts";
import { validateLiteLlmArgs } from "./validate-args.ts";

/** uid of `nobody`, the user of the non-root image. */
const LITELLM_UID = 65534;
const CONFIG_PATH = "/etc/litellm";
const CONFIG_FILE = "config.yaml";
const SECRET_KEY = "key";

/** Arguments of {@link LiteLlm}. */
export interface LiteLlmArgs {
  readonly namespace: string;
  readonly image: Image;
  readonly models: readonly Model[];
  /** Provider keys by name, as secret values: what `apiKey` of a model names. */
  readonly apiKeys: Readonly<Record<string, pulumi.Output<string>>>;
  /**
   * Where keys, budgets and spend are kept. Without it the master key is the only key.
   * @default none
   */
  readonly database?: DatabaseConnection;
  /** @default 1 */
  readonly replicas?: number;
  /**
   * Protects the salt key, without which the provider credentials in the database cannot be read again.
   * @default false
   */
  readonly retain?: boolean;
}

/** The LLM gateway: LiteLLM's proxy with a typed model list. */
export class LiteLlm extends pulumi.ComponentResource {
  /** For operators: its secret is the master key, which may do everything. */
  readonly admin: Connection;

  constructor(name: string, args: LiteLlmArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`LiteLlm "${name}"`, validateLiteLlmArgs(args));
    super(TOKENS.LiteLlm, name, {}, opts);

    const masterKey = this.#createKey(`${name}-master-key`, args, { parent: this });
    const saltKey =
      args.database === undefined
        ? undefined
        : this.#createKey(
            `${name}-salt-key`,
            { ...args, writeOnce: true },
            { parent: this, protect: args.retain ?? false },
          );
    const apiKeys = this.#createApiKeys(name, args);
    const migration =
      args.database === undefined ? undefined : this.#createMigration(name, args, args.database);
    this.#createServer(
      name,
      args,
      {
        LITELLM_MASTER_KEY: masterKey,
        ...(saltKey === undefined ? {} : { LITELLM_SALT_KEY: saltKey }),
        ...apiKeys,
      },
      migration,
    );

    const host = serviceHost(LITELLM, args.namespace);
    this.admin = {
      host,
      port: LITELLM_PORT,
      url: `http://${host}:${LITELLM_PORT}`,
      secret: masterKey,
      endpoint: litellmEndpoints(args.namespace).server,
    };
    this.registerOutputs({ url: this.admin.url, masterKeySecretName: masterKey.name });
  }

  /** LiteLLM refuses a master key without `sk-`, and its documentation shows the salt key the same way. */
  #createKey(
    name: string,
    args: { readonly namespace: string; readonly writeOnce?: boolean },
    opts: pulumi.ComponentResourceOptions,
  ): SecretRef {
    const credential = new Credential(
      name,
      {
        application: LITELLM,
        namespaces: [args.namespace],
        key: SECRET_KEY,
        prefix: "sk-",
        writeOnce: args.writeOnce ?? false,
      },
      opts,
    );
    return credential.refIn(args.namespace);
  }

  #createApiKeys(name: string, args: LiteLlmArgs): Record<string, SecretRef> {
    return Object.fromEntries(
      Object.entries(args.apiKeys).map(([apiKey, value]) => {
        const credential = new Credential(
          `${name}-api-key-${apiKeySlug(apiKey)}`,
          {
            application: LITELLM,
            namespaces: [args.namespace],
            key: SECRET_KEY,
            source: { kind: "config", value },
          },
          { parent: this },
        );
        return [apiKeyVariable(apiKey), credential.refIn(args.namespace)];
      }),
    );
  }

  /** One Job migrates the schema, so that several pods never try to at the same time. */
  #createMigration(name: string, args: LiteLlmArgs, database: DatabaseConnection): Job {
    return new Job(
      `${name}-migration`,
      {
        application: LITELLM,
        role: "migration",
        namespace: args.namespace,
        deadlineSeconds: 900,
        pod: {
          ...podBase(args),
          // As in the official chart: helm/litellm-helm/templates/migrations-job.yaml.
          command: ["python", "litellm/proxy/prisma_migration.py"],
          workingDir: "/app",
          env: { ...databaseEnv(database), ...BASE_ENV, DISABLE_SCHEMA_UPDATE: "false" },
          mounts: SCRATCH,
        },
      },
      { parent: this },
    );
  }

  #createServer(
    name: string,
    args: LiteLlmArgs,
    secretEnv: Readonly<Record<string, SecretRef>>,
    migration: Job | undefined,
  ): Workload {
    const config = immutableConfigMap(
      `${name}-config`,
      {
        application: LITELLM,
        namespace: args.namespace,
        files: {
          [CONFIG_FILE]: renderConfig({ models: args.models, database: args.database !== undefined }),
        },
      },
      { parent: this },
    );
    const base = podBase(args);
    // /health would call every model, with a key, for money (S0.48); these two are free and open.
    const ready = { http: { path: "/health/readiness", port: "http" } };
    const alive = { http: { path: "/health/liveliness", port: "http" } };
    return new Workload(
      `${name}-server`,
      {
        application: LITELLM,
        role: "server",
        namespace: args.namespace,
        controller: "Deployment",
        replicas: args.replicas ?? 1,
        pod: {
          ...base,
          args: ["--config", `${CONFIG_PATH}/${CONFIG_FILE}`, "--port", String(LITELLM_PORT)],
          env: {
            ...(args.database === undefined ? {} : databaseEnv(args.database)),
            ...BASE_ENV,
            DISABLE_SCHEMA_UPDATE: "true",
          },
          secretEnv: { ...base.secretEnv, ...secretEnv },
          ports: { http: LITELLM_PORT },
          probes: {
            startup: { ...ready, periodSeconds: 5, failureThreshold: 60 },
            readiness: ready,
            liveness: { ...alive, failureThreshold: 6 },
          },
          mounts: { ...SCRATCH, [CONFIG_PATH]: { configMap: { name: config.metadata.name } } },
          // Long streams may end by themselves: the official chart's value.
          terminationGracePeriodSeconds: 90,
        },
      },
      { parent: this, dependsOn: migration === undefined ? [] : [migration] },
    );
  }
}

const SCRATCH = { "/tmp": { emptyDir: { sizeLimitMi: 512 } } } as const;

/** Everything that LiteLLM writes goes to /tmp; it fetches nothing at start. Source: docs.litellm.ai/docs/proxy/prod. */
const BASE_ENV = {
  HOME: "/tmp",
  XDG_CACHE_HOME: "/tmp/.cache",
  LITELLM_LOCAL_MODEL_COST_MAP: "True",
  LITELLM_LOG: "ERROR",
  LITELLM_MIGRATION_DIR: "/tmp/migrations",
  LITELLM_MODE: "PRODUCTION",
  LITELLM_NON_ROOT: "true",
} as const;

function podBase({ image, database }: LiteLlmArgs) {
  return {
    image,
    uid: LITELLM_UID,
    secretEnv: database === undefined ? {} : { DATABASE_PASSWORD: database.secret },
    // 350 MiB at rest (measured, live-apps.md §3); requests hold whole bodies in memory.
    resources: { cpuRequestMillicores: 250, memoryRequestMi: 512, memoryLimitMi: 2048 },
  } satisfies Partial<PodArgs>;
}

/** The kubelet puts the password in: the pod's manifest never holds it, and its alphabet needs no escaping (S2.23). */
function databaseEnv(database: DatabaseConnection): Record<string, string> {
  const { role, host, port } = database;
  return { DATABASE_URL: `postgresql://${role}:$(DATABASE_PASSWORD)@${host}:${port}/${database.database}` };
}
