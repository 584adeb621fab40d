import type { DatabaseConnection, SecretRef, SslMode } from "../core/connection.ts";
import type { PodArgs } from "../core/workload/render-pod.ts";
import { LITELLM_PORT } from "./endpoints.ts";
import type { LiteLlmArgs } from "./args.ts";
import { keyVariable } from "./keys.ts";
import { CACHE_PASSWORD, REDIS_PASSWORD } from "./render-config.ts";

/** uid of `nobody`, the user of the non-root image. */
const LITELLM_UID = 65534;
export const CONFIG_PATH = "/etc/litellm";
export const CONFIG_FILE = "config.yaml";
const KEYS_PATH = "/etc/litellm-keys";
export const SCRIPT_FILE = "register-keys.py";
export const REGISTRATIONS_FILE = "registrations.json";

/** The environment variable with the password in the address of the database. */
export const DATABASE_PASSWORD = "DATABASE_PASSWORD";

/** LiteLLM writes only to /tmp. */
const SCRATCH = { "/tmp": { emptyDir: { sizeLimitMi: 512 } } } as const;

/** Disables downloads at start. Source: https://docs.litellm.ai/docs/proxy/prod. */
const BASE_ENV = {
  HOME: "/tmp",
  XDG_CACHE_HOME: "/tmp/.cache",
  LITELLM_LOCAL_MODEL_COST_MAP: "True",
  LITELLM_LOG: "ERROR",
  LITELLM_MIGRATION_DIR: "/tmp/migrations",
  LITELLM_MODE: "PRODUCTION",
  LITELLM_NON_ROOT: "true",
} as const;

/** No page that describes or shows the API. Source: get_docs_url and its neighbours in litellm/proxy/utils.py. */
const WITHOUT_API_PAGES = { NO_DOCS: "True", NO_OPENAPI: "True", NO_REDOC: "True" } as const;

/** Time for callers to stop using a terminating pod. With the time for open requests it is below the grace period. */
const PRE_STOP_SECONDS = 10;
const DRAIN_SECONDS = 70;
/** How long a pod may take until it is ready for the first time. */
export const LITELLM_START_SECONDS = 300;
/** The value of the official chart. */
const GRACE_SECONDS = 90;

/** The pod of the proxy, for both kinds of delivery. */
export function serverPod(
  args: LiteLlmArgs,
  config: { readonly name: SecretRef["name"] },
  secretEnv: Readonly<Record<string, SecretRef>>,
) {
  const { database, redis, cache, tracing, adminInterface = false } = args;
  // /health calls every model, which needs a key and costs money. These two do not:
  // https://docs.litellm.ai/docs/proxy/health
  const ready = { http: { path: "/health/readiness", port: "http" } };
  const alive = { http: { path: "/health/liveliness", port: "http" } };
  return {
    ...podBase(args),
    args: ["--config", `${CONFIG_PATH}/${CONFIG_FILE}`, "--port", String(LITELLM_PORT)],
    env: {
      ...(database === undefined ? {} : databaseEnv(database)),
      ...BASE_ENV,
      ...WITHOUT_API_PAGES,
      // guard.py reads it, too.
      DISABLE_ADMIN_UI: adminInterface ? "False" : "True",
      DISABLE_SCHEMA_UPDATE: "true",
      GRACEFUL_SHUTDOWN_TIMEOUT: String(DRAIN_SECONDS),
      ...(tracing === undefined
        ? {}
        : {
            PHOENIX_COLLECTOR_HTTP_ENDPOINT: tracing.url,
            PHOENIX_PROJECT_NAME: tracing.projectName,
            // By default the header `traceparent` of a caller decides whether a request is traced.
            OTEL_TRACES_SAMPLER: "always_on",
          }),
    },
    secretEnv: {
      ...databaseSecretEnv(database),
      ...(redis === undefined ? {} : { [REDIS_PASSWORD]: redis.secret }),
      ...(cache === undefined ? {} : { [CACHE_PASSWORD]: cache.redis.secret }),
      // Absent if Phoenix needs no key: LiteLLM sends an empty variable as an empty token
      // (docs/references.md#litellm-tracing).
      ...(tracing?.secret === undefined ? {} : { PHOENIX_API_KEY: tracing.secret }),
      ...secretEnv,
    },
    ports: { http: LITELLM_PORT },
    probes: {
      startup: { ...ready, periodSeconds: 5, failureThreshold: LITELLM_START_SECONDS / 5 },
      readiness: ready,
      liveness: { ...alive, failureThreshold: 6 },
    },
    mounts: { ...SCRATCH, [CONFIG_PATH]: { configMap: config } },
    preStopSleepSeconds: PRE_STOP_SECONDS,
    terminationGracePeriodSeconds: GRACE_SECONDS,
  } satisfies PodArgs;
}

/** The pod that migrates the schema of the database. */
export function migrationPod(args: LiteLlmArgs, database: DatabaseConnection): PodArgs {
  return {
    ...podBase(args),
    // The command of the official chart: helm/litellm-helm/templates/migrations-job.yaml.
    command: ["python", "litellm/proxy/prisma_migration.py"],
    workingDir: "/app",
    env: { ...databaseEnv(database), ...BASE_ENV, DISABLE_SCHEMA_UPDATE: "false" },
    secretEnv: databaseSecretEnv(database),
    mounts: SCRATCH,
  };
}

/** The pod that registers the teams and keys. Its script needs only Python, which LiteLLM's image contains. */
export function keysPod(
  args: LiteLlmArgs,
  files: { readonly name: SecretRef["name"] },
  url: string,
  masterKey: SecretRef,
  keys: Readonly<Record<string, SecretRef>>,
): PodArgs {
  return {
    image: args.image,
    uid: LITELLM_UID,
    command: ["python", `${KEYS_PATH}/${SCRIPT_FILE}`],
    env: { LITELLM_URL: url, REGISTRATIONS: `${KEYS_PATH}/${REGISTRATIONS_FILE}` },
    secretEnv: {
      LITELLM_MASTER_KEY: masterKey,
      ...Object.fromEntries(Object.entries(keys).map(([name, ref]) => [keyVariable(name), ref])),
    },
    resources: { cpuRequestMillicores: 10, memoryRequestMi: 64, memoryLimitMi: 256 },
    mounts: { [KEYS_PATH]: { configMap: files } },
  };
}

function podBase({ image }: LiteLlmArgs) {
  return {
    image,
    uid: LITELLM_UID,
    // Up to 354 MiB at rest (docs/references.md#litellm-footprint). Requests keep whole bodies in memory.
    resources: { cpuRequestMillicores: 250, memoryRequestMi: 512, memoryLimitMi: 2048 },
  } satisfies Partial<PodArgs>;
}

/**
 * The kubelet inserts the password, so the manifest does not contain it. Generated passwords need no escaping
 * (docs/references.md#passwords-in-addresses).
 */
function databaseEnv(database: DatabaseConnection): Record<string, string> {
  const { role, host, port, sslMode = "disable" } = database;
  const address = `postgresql://${role}:$(${DATABASE_PASSWORD})@${host}:${port}/${database.database}`;
  return { DATABASE_URL: `${address}${TLS_OF_PRISMA[sslMode]}` };
}

/** Prisma does not support `verify-full`, and `require` accepts any certificate. */
const TLS_OF_PRISMA: Readonly<Record<SslMode, string>> = {
  disable: "",
  require: "?sslmode=require",
  "verify-full": "?sslmode=require&sslaccept=strict",
};

function databaseSecretEnv(database: DatabaseConnection | undefined): Record<string, SecretRef> {
  return database === undefined ? {} : { [DATABASE_PASSWORD]: database.secret };
}
