import type { SecretRef } from "../core/connection.ts";
import { libpqTls } from "../core/libpq-tls.ts";
import type { PodArgs } from "../core/workload/render-pod.ts";
import type { PhoenixArgs } from "./args.ts";
import { PHOENIX_GRPC_PORT, PHOENIX_METRICS_PORT, PHOENIX_PORT } from "./endpoints.ts";

/** uid of the image's user `nonroot`. */
const PHOENIX_UID = 65532;
/**
 * How long a pod may take to start: it answers when the schema is up to date, and an interrupted migration leaves a
 * database that must be repaired by hand.
 */
export const PHOENIX_START_SECONDS = 1800;

/** The secrets of the server. */
export interface ServerSecrets {
  readonly secret: SecretRef;
  readonly systemKey: SecretRef;
  readonly adminPassword: SecretRef;
}

/** The address in the browser. */
function publicUrlOf({ publicUrl }: Pick<PhoenixArgs, "publicUrl">): string {
  return publicUrl ?? `http://localhost:${PHOENIX_PORT}`;
}

/** Disables the agent features of Phoenix: they would run commands and code from language models in this pod. */
const WITHOUT_AGENTS = {
  // The assistant has a shell on the server, which is on by default (docs/references.md#phoenix-shell).
  PHOENIX_AGENTS_DISABLE_BASH: "true",
  PHOENIX_ALLOWED_SANDBOX_PROVIDERS: "NONE",
  PHOENIX_DISABLE_AGENT_ASSISTANT: "true",
  // It allows clients to register without authentication, even for disabled tools.
  PHOENIX_ENABLE_MCP_SERVER: "false",
  PHOENIX_ENABLE_OAUTH2_AUTHORIZATION_SERVER: "false",
} as const;

/**
 * The pod of the server, for both kinds of delivery. Names and rules of the variables: phoenix/config.py, 20.26.1.
 */
export function serverPod(
  args: PhoenixArgs,
  { secret, systemKey, adminPassword }: ServerSecrets,
): PodArgs & {
  readonly ports: NonNullable<PodArgs["ports"]>;
  readonly probes: NonNullable<PodArgs["probes"]>;
} {
  const { database, retentionDays = 0, metrics = false } = args;
  const url = publicUrlOf(args);
  const alive = { http: { path: "/healthz", port: "http" } };
  return {
    image: args.image,
    uid: PHOENIX_UID,
    env: {
      ...WITHOUT_AGENTS,
      ...libpqTls(database.sslMode),
      HOME: "/tmp",
      // Phoenix shows it beside the size of its data. It does not start with 0 or an empty value.
      ...(database.storageGi === undefined
        ? {}
        : { PHOENIX_DATABASE_ALLOCATED_STORAGE_CAPACITY_GIBIBYTES: String(database.storageGi) }),
      PHOENIX_ALLOW_EXTERNAL_RESOURCES: "false",
      // Otherwise a page of any host could send requests with the session of a user.
      PHOENIX_CSRF_TRUSTED_ORIGINS: url,
      PHOENIX_DEFAULT_RETENTION_POLICY_DAYS: String(retentionDays),
      PHOENIX_ENABLE_AUTH: "true",
      PHOENIX_ENABLE_PROMETHEUS: String(metrics),
      PHOENIX_GRPC_PORT: String(PHOENIX_GRPC_PORT),
      PHOENIX_PORT: String(PHOENIX_PORT),
      PHOENIX_POSTGRES_DB: database.database,
      PHOENIX_POSTGRES_HOST: database.host,
      PHOENIX_POSTGRES_PORT: String(database.port),
      PHOENIX_POSTGRES_USER: database.role,
      PHOENIX_ROOT_URL: url,
      PHOENIX_TELEMETRY_ENABLED: "false",
      PHOENIX_USE_SECURE_COOKIES: String(url.startsWith("https://")),
      PHOENIX_WORKING_DIR: "/tmp/phoenix",
    },
    secretEnv: {
      PHOENIX_ADMIN_SECRET: systemKey,
      PHOENIX_DEFAULT_ADMIN_INITIAL_PASSWORD: adminPassword,
      PHOENIX_POSTGRES_PASSWORD: database.secret,
      PHOENIX_SECRET: secret,
    },
    ports: { http: PHOENIX_PORT, grpc: PHOENIX_GRPC_PORT },
    ...(metrics ? { podPorts: { metrics: PHOENIX_METRICS_PORT } } : {}),
    probes: {
      startup: { ...alive, periodSeconds: 5, failureThreshold: PHOENIX_START_SECONDS / 5 },
      // Also checks the database.
      readiness: { http: { path: "/readyz", port: "http" } },
      liveness: { ...alive, failureThreshold: 6 },
    },
    // Up to 430 MiB at rest, 547 MiB at most (docs/references.md#phoenix-footprint). Spans wait for the database in
    // memory.
    resources: { cpuRequestMillicores: 250, memoryRequestMi: 512, memoryLimitMi: 2048 },
    mounts: { "/tmp": { emptyDir: { sizeLimitMi: 256 } } },
    // Time to write the queued spans.
    terminationGracePeriodSeconds: 60,
  };
}
