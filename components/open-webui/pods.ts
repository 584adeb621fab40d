import type { DatabaseConnection, RedisConnection, SecretRef } from "../core/connection.ts";
import { libpqTls } from "../core/libpq-tls.ts";
import type { PodArgs } from "../core/workload/render-pod.ts";
import type { OpenWebUiArgs } from "./args.ts";
import { OPEN_WEBUI_PORT } from "./endpoints.ts";

/** Any non-root user: the image sets none, and supports any since 0.11.1 (docs/references.md#open-webui-user). */
const OPEN_WEBUI_UID = 10001;
/** The image's directory for uploads and caches. */
const DATA_PATH = "/app/backend/data";
const REDIS_PASSWORD = "REDIS_PASSWORD";

/** Names of the Secrets and the claim that the pod uses. */
export interface ServerSecrets {
  readonly secretKey: SecretRef;
  readonly adminPassword: SecretRef;
  /** The claim for uploads. */
  readonly claim: SecretRef["name"];
}

/** No access to the internet, and no machine learning in this pod. */
const OFFLINE = {
  // Files are sent to the model as a whole: the pod has no embedding model for retrieval.
  BYPASS_EMBEDDING_AND_RETRIEVAL: "True",
  ENABLE_COMMUNITY_SHARING: "False",
  ENABLE_OLLAMA_API: "False",
  // Otherwise a function that an administrator adds could install packages at each start.
  ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS: "False",
  ENABLE_VERSION_UPDATE_CHECK: "False",
  OFFLINE_MODE: "True",
  RAG_EMBEDDING_ENGINE: "openai",
  // The same behaviour as the slim image, for any image.
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
      ...OFFLINE,
      ...databaseEnv(database),
      ...(redis === undefined ? {} : redisEnv(redis)),
      CORS_ALLOW_ORIGIN: publicUrl,
      DATA_DIR: DATA_PATH,
      // Applies this configuration at every start, not only at the first.
      ENABLE_PERSISTENT_CONFIG: "False",
      ENABLE_SIGNUP: "False",
      HOME: "/tmp",
      OPENAI_API_BASE_URL: `${gateway.url}/v1`,
      PORT: String(OPEN_WEBUI_PORT),
      // It copies its static files at every start, and its own directory is read-only.
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
      // The server answers when the schema is up to date. Half an hour, so that no migration is interrupted.
      startup: { ...alive, periodSeconds: 5, failureThreshold: 360 },
      // Also checks the database and Redis.
      readiness: { http: { path: "/ready", port: "http" } },
      liveness: { ...alive, failureThreshold: 6 },
    },
    // 368 MiB at rest (docs/references.md#open-webui-footprint). Uploads and responses pass through memory.
    resources: { cpuRequestMillicores: 250, memoryRequestMi: 512, memoryLimitMi: 2048 },
    mounts: {
      "/tmp": { emptyDir: { sizeLimitMi: 512 } },
      [DATA_PATH]: { claim: { name: claim } },
    },
    // Time to finish responses.
    terminationGracePeriodSeconds: 60,
  } satisfies PodArgs;
}

/** libpq reads the password from the environment, so it is in no address and needs no escaping. */
function databaseEnv({ role, host, port, database, sslMode }: DatabaseConnection): Record<string, string> {
  return { DATABASE_URL: `postgresql://${role}@${host}:${port}/${database}`, ...libpqTls(sslMode) };
}

/**
 * The kubelet inserts the password, so the manifest does not contain it. Generated passwords need no escaping
 * (docs/references.md#passwords-in-addresses).
 */
function redisEnv({ username, host, port, prefix, tls }: RedisConnection): Record<string, string> {
  return {
    REDIS_KEY_PREFIX: prefix,
    REDIS_URL: `${tls ? "rediss" : "redis"}://${username}:$(${REDIS_PASSWORD})@${host}:${port}/0`,
    WEBSOCKET_MANAGER: "redis",
    // Access to one channel per room would need a pattern in the access rules.
    WEBSOCKET_REDIS_ROOM_CHANNELS: "False",
  };
}
