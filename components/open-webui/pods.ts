import type { DatabaseConnection, RedisConnection, SecretRef } from "../core/connection.ts";
import { libpqTls } from "../core/libpq-tls.ts";
import type { PodArgs } from "../core/workload/render-pod.ts";
import type { OpenWebUiArgs } from "./args.ts";
import { OPEN_WEBUI_PORT } from "./endpoints.ts";

/** Any but root: the image names none (apps.md §12), and starts as any since 0.11.1. */
const OPEN_WEBUI_UID = 10001;
/** Uploads and caches; the image's own place for them. */
const DATA_PATH = "/app/backend/data";
const REDIS_PASSWORD = "REDIS_PASSWORD";

/** What the pod reads and others made. */
export interface ServerSecrets {
  readonly secretKey: SecretRef;
  readonly adminPassword: SecretRef;
  /** The claim of the uploads. */
  readonly claim: SecretRef["name"];
}

/** Nothing from the internet, and no machine learning in this pod. */
const ALONE = {
  // Files go to the model whole: there is nothing here to search them with.
  BYPASS_EMBEDDING_AND_RETRIEVAL: "True",
  ENABLE_COMMUNITY_SHARING: "False",
  ENABLE_OLLAMA_API: "False",
  // Otherwise every function that an administrator adds could install packages at each start.
  ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS: "False",
  ENABLE_VERSION_UPDATE_CHECK: "False",
  OFFLINE_MODE: "True",
  RAG_EMBEDDING_ENGINE: "openai",
  // As in the slim image, whatever image it is.
  USE_SLIM_DOCKER: "True",
} as const;

/** The pod of the server. Names of the variables: open_webui/env.py and config.py, 0.12.4. */
export function serverPod(args: OpenWebUiArgs, { secretKey, adminPassword, claim }: ServerSecrets) {
  const { gateway, database, redis, publicUrl = `http://localhost:${OPEN_WEBUI_PORT}` } = args;
  const alive = { http: { path: "/health", port: "http" } };
  return {
    image: args.image,
    uid: OPEN_WEBUI_UID,
    ...(args.squash === undefined ? {} : { squash: args.squash }),
    env: {
      ...ALONE,
      ...databaseEnv(database),
      ...(redis === undefined ? {} : redisEnv(redis)),
      CORS_ALLOW_ORIGIN: publicUrl,
      DATA_DIR: DATA_PATH,
      // What is configured here counts at every start, not only at the first.
      ENABLE_PERSISTENT_CONFIG: "False",
      ENABLE_SIGNUP: "False",
      HOME: "/tmp",
      OPENAI_API_BASE_URL: `${gateway.url}/v1`,
      PORT: String(OPEN_WEBUI_PORT),
      // It copies its static files at every start, and its own folder is read-only.
      STATIC_DIR: "/tmp/static",
      WEBUI_ADMIN_EMAIL: args.adminEmail,
      WEBUI_SESSION_COOKIE_SECURE: publicUrl.startsWith("https://") ? "True" : "False",
      WEBUI_URL: publicUrl,
    },
    secretEnv: {
      OPENAI_API_KEY: gateway.secret,
      PGPASSWORD: database.secret,
      ...(redis === undefined ? {} : { [REDIS_PASSWORD]: redis.secret }),
      WEBUI_ADMIN_PASSWORD: adminPassword,
      WEBUI_SECRET_KEY: secretKey,
    },
    ports: { http: OPEN_WEBUI_PORT },
    probes: {
      // It answers once the schema is up to date. Half an hour: a migration is never ended half-way.
      startup: { ...alive, periodSeconds: 5, failureThreshold: 360 },
      // Asks the database and Redis, too.
      readiness: { http: { path: "/ready", port: "http" } },
      liveness: { ...alive, failureThreshold: 6 },
    },
    // 370 MiB at rest (measured, live-apps.md §6); uploads and answers pass through memory.
    resources: { cpuRequestMillicores: 250, memoryRequestMi: 512, memoryLimitMi: 2048 },
    mounts: {
      "/tmp": { emptyDir: { sizeLimitMi: 512 } },
      [DATA_PATH]: { claim: { name: claim } },
    },
    // Time for answers to end.
    terminationGracePeriodSeconds: 60,
  } satisfies PodArgs;
}

/** libpq takes the password from the environment: it is in no address, and needs no escaping (S2.23). */
function databaseEnv({ role, host, port, database, sslMode }: DatabaseConnection): Record<string, string> {
  return { DATABASE_URL: `postgresql://${role}@${host}:${port}/${database}`, ...libpqTls(sslMode) };
}

/** The kubelet puts the password in: the pod's manifest never holds it, and its alphabet needs no escaping (S2.23). */
function redisEnv({ username, host, port, prefix, tls }: RedisConnection): Record<string, string> {
  return {
    REDIS_KEY_PREFIX: prefix,
    REDIS_URL: `${tls ? "rediss" : "redis"}://${username}:$(${REDIS_PASSWORD})@${host}:${port}/0`,
    WEBSOCKET_MANAGER: "redis",
    // A channel a room could only be allowed by a pattern.
    WEBSOCKET_REDIS_ROOM_CHANNELS: "False",
  };
}
