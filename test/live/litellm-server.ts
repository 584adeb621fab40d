// LiteLLM's proxy as its pod starts it, with the files that we render and its database, before a model and a collector
// of this process.
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGES } from "../../components/core/images.ts";
import { LITELLM, LITELLM_CACHE } from "../../components/litellm/endpoints.ts";
import { keyVariable } from "../../components/litellm/keys.ts";
import type { Model } from "../../components/litellm/models.ts";
import { DATABASE_PASSWORD, migrationPod, SCRIPT_FILE, serverPod } from "../../components/litellm/pods.ts";
import {
  CACHE_PASSWORD,
  GUARD_FILE,
  type LiteLlmConfig,
  REDIS_PASSWORD,
  renderConfig,
  ROUTES_FILE,
} from "../../components/litellm/render-config.ts";
import { type Registrations, renderRegistrations } from "../../components/litellm/render-keys.ts";
import { renderRolesScript } from "../../components/postgres/render-roles.ts";
import { renderSettings } from "../../components/postgres/render-settings.ts";
import { passwordVariable, PROBE_PASSWORD_VARIABLE } from "../../components/redis/render-start.ts";
import { type BuiltRecipe, ensureRecipes } from "../../sandbox/live/images/build.ts";
import { recipes } from "../../sandbox/live/images/table.ts";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { freePort } from "../policy/free-port.ts";
import { findPostgres, PostgresServer } from "../policy/postgres-server.ts";
import { RedisServer, unpackValkey } from "../policy/redis-server.ts";
import { TRACING } from "../unit/components/litellm/fixtures.ts";
import { ImageRoot, missingForImageRoot } from "./image-root.ts";
import { eventually } from "./node.ts";
import { Upstream } from "./upstream.ts";

export const MASTER_KEY = "sk-master-key-of-the-test";
const SALT_KEY = "sk-salt-key-of-the-test";
const DATABASE = { role: LITELLM, password: "password-of-the-database" } as const;
/** Of the users of Redis. */
export const PASSWORDS = { [LITELLM]: "password-of-limits", [LITELLM_CACHE]: "password-of-answers" } as const;
const source = (file: string): string => readFileSync(join(checkout, "components/litellm", file), "utf8");

/** What differs between gateways of one test. */
export interface GatewayOptions extends Pick<LiteLlmConfig, "cacheScope" | "router"> {
  /** @default the model of this process, under the name `echo` */
  readonly models?: readonly Model[];
  readonly adminInterface?: boolean;
  /** @default that of the other gateways */
  readonly saltKey?: string;
  /** Beside the environment of the pod. */
  readonly env?: Readonly<Record<string, string>>;
  /** Without it, the master key is the only key. @default true */
  readonly database?: boolean;
  /** @default true */
  readonly redis?: boolean;
}

/** A running proxy. */
export interface LiteLlmServer {
  readonly url: string;
  /** What it printed. */
  readonly output: () => string;
  /** The group of its processes. */
  readonly processGroup: number;
  /** Ends it as a node that dies does. */
  readonly kill: () => Promise<void>;
}

/** What the registration Job printed. */
export interface Registration {
  readonly code: number | null;
  readonly text: string;
}

/** A database, Redis, a model and any number of gateways that share them. */
export class GatewayStack {
  readonly upstream: Upstream;
  readonly redis: RedisServer;
  readonly image: ImageRoot;
  readonly #postgres: PostgresServer;
  readonly #valkey: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "llm-platform-gateway-"));
  readonly #servers = new Set<LiteLlmServer>();

  private constructor(parts: {
    upstream: Upstream;
    redis: RedisServer;
    image: ImageRoot;
    postgres: PostgresServer;
    valkey: string;
  }) {
    this.upstream = parts.upstream;
    this.redis = parts.redis;
    this.image = parts.image;
    this.#postgres = parts.postgres;
    this.#valkey = parts.valkey;
  }

  /** The images may have to be built, which takes minutes. */
  static async start(): Promise<GatewayStack> {
    const missing = missingForImageRoot();
    if (missing !== undefined) throw new Error(missing);
    const bin = findPostgres();
    if (bin === undefined)
      throw new Error("no PostgreSQL on this machine (Debian: apt-get install postgresql)");
    const valkey = await unpackValkey();
    if (valkey === undefined) throw new Error("the image redis cannot be built");
    const [built] = (await ensureRecipes([recipes.litellm], createReport())) as [BuiltRecipe];
    const redis = await RedisServer.create(valkey);
    const stack = new GatewayStack({
      upstream: await Upstream.start(),
      redis,
      image: await ImageRoot.unpack(built),
      postgres: await PostgresServer.start(bin, renderSettings({ maxConnections: 100, storageGi: 1 })),
      valkey,
    });
    stack.#postgres.runScript(renderRolesScript([DATABASE.role], {}, { [DATABASE.role]: 60 }), {
      PASSWORD_LITELLM: DATABASE.password,
    });
    await stack.startRedis();
    return stack;
  }

  async startRedis(): Promise<void> {
    await this.redis.start({
      config: { maxMemoryMi: 64, evictionPolicy: "volatile-lru", persistence: false },
      users: { [LITELLM]: { scripts: true }, [LITELLM_CACHE]: {} },
      passwords: {
        [PROBE_PASSWORD_VARIABLE]: "password-of-the-probe",
        ...Object.fromEntries(
          Object.entries(PASSWORDS).map(([user, password]) => [passwordVariable(user), password]),
        ),
      },
    });
  }

  /** The Job that migrates the database, with its command, user, environment and read-only root. */
  async migrate(): Promise<void> {
    const { command = [], env } = migrationPod(this.#podArgs(), this.#database());
    const child = this.image.serve(`exec ${command.join(" ")}`, ["/tmp"], this.#inserted(env ?? {}));
    const output = outputOf(child);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`the migration ended with ${code ?? "a signal"}:\n${output()}`);
  }

  async gateway(options: GatewayOptions = {}): Promise<LiteLlmServer> {
    const server = await this.launch(options);
    await eventually(async () => {
      if (server.hasEnded()) throw new Error(`LiteLLM stopped:\n${server.output()}`);
      const response = await fetch(`${server.url}/health/readiness`).catch(() => undefined);
      return response?.ok === true ? true : undefined;
    });
    return server;
  }

  /** Without waiting until it is ready. */
  async launch(options: GatewayOptions = {}): Promise<LiteLlmServer & { readonly hasEnded: () => boolean }> {
    const {
      adminInterface = false,
      saltKey = SALT_KEY,
      models,
      env: added = {},
      database = true,
      redis = true,
      ...others
    } = options;
    const [limits, cache] = [this.#redis(LITELLM), this.#redis(LITELLM_CACHE)];
    const config = renderConfig({
      models: models ?? [this.upstream.model("echo")],
      database,
      ...(redis ? { redis: limits, cache: { redis: cache, ttlSeconds: 600 } } : {}),
      tracing: true,
      ...others,
    });
    const { database: connection, ...args } = this.#podArgs();
    const { env } = serverPod(
      { ...args, ...(database ? { database: connection } : {}), adminInterface },
      { name: "config" },
      {},
    );
    const files = {
      "config.yaml": config,
      [GUARD_FILE]: source(GUARD_FILE),
      [ROUTES_FILE]: source(ROUTES_FILE),
    };
    const port = await freePort();
    const child = this.image.serve(
      [
        ...Object.entries(files).map(([name, file]) => `cat > /tmp/${name} <<'END'\n${file}\nEND`),
        `exec litellm --config /tmp/config.yaml --host 127.0.0.1 --port ${port}`,
      ].join("\n"),
      ["/tmp"],
      this.#inserted({
        ...env,
        LITELLM_MASTER_KEY: MASTER_KEY,
        LITELLM_SALT_KEY: saltKey,
        [REDIS_PASSWORD]: PASSWORDS[LITELLM],
        [CACHE_PASSWORD]: PASSWORDS[LITELLM_CACHE],
        PHOENIX_COLLECTOR_HTTP_ENDPOINT: this.upstream.tracesUrl,
        // At once, in place of every five seconds.
        OTEL_BSP_SCHEDULE_DELAY: "1",
        ...added,
      }),
    );
    const output = outputOf(child);
    const ended = once(child, "exit");
    const server = {
      url: `http://127.0.0.1:${port}`,
      output,
      processGroup: child.pid ?? 0,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      kill: async () => {
        this.#servers.delete(server);
        if (child.pid !== undefined && !server.hasEnded()) process.kill(-child.pid, "SIGKILL");
        await ended;
      },
    };
    this.#servers.add(server);
    return server;
  }

  /** The Job that registers teams and keys: its script, its file, its environment. */
  register(
    { url }: Pick<LiteLlmServer, "url">,
    registrations: Partial<Registrations>,
    keys: Readonly<Record<string, string>>,
    masterKey = MASTER_KEY,
  ): Promise<Registration> {
    const file = join(this.#folder, "registrations.json");
    writeFileSync(file, renderRegistrations({ teams: {}, keys: {}, ...registrations }));
    return new Promise((resolve) => {
      const child = execFile(
        "python3",
        [join(checkout, "components/litellm", SCRIPT_FILE)],
        {
          env: {
            PATH: process.env["PATH"],
            LITELLM_URL: url,
            LITELLM_MASTER_KEY: masterKey,
            REGISTRATIONS: file,
            ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [keyVariable(name), key])),
          },
        },
        (_error, stdout, stderr) => resolve({ code: child.exitCode, text: stdout + stderr }),
      );
    });
  }

  /** One statement in LiteLLM's database, as its role. */
  sql(statement: string): string {
    return this.#postgres.query(DATABASE.role, DATABASE.password, DATABASE.role, statement);
  }

  stopDatabase(): void {
    this.#postgres.pause();
  }

  startDatabase(): void {
    this.#postgres.resume();
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#servers].map(({ kill }) => kill()));
    await this.redis.remove();
    this.#postgres.stop();
    this.upstream.stop();
    this.image.remove();
    rmSync(this.#valkey, { recursive: true });
    rmSync(this.#folder, { recursive: true });
  }

  #podArgs() {
    return {
      namespace: "gateway",
      image: IMAGES.litellm,
      models: [],
      apiKeys: {},
      tracing: TRACING,
      database: this.#database(),
    };
  }

  #database() {
    return {
      host: "127.0.0.1",
      port: this.#postgres.port,
      url: "",
      role: DATABASE.role,
      database: DATABASE.role,
      secret: { name: "database", key: "password" },
    };
  }

  #redis(username: string) {
    return { host: "127.0.0.1", port: this.redis.port, username, prefix: username, tls: false };
  }

  /** The kubelet inserts the password. */
  #inserted(env: Readonly<Record<string, unknown>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        String(value).replace(`$(${DATABASE_PASSWORD})`, DATABASE.password),
      ]),
    );
  }
}

function outputOf(child: Pick<ChildProcess, "stdout" | "stderr">): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return () => output;
}
