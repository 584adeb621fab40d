import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { LiteLlmArgs } from "../../components/litellm/args.ts";
import { LiteLlm } from "../../components/litellm/index.ts";
import { validateLiteLlmArgs } from "../../components/litellm/validate-args.ts";
import { find, inventory, mockPassword, record, type Recording } from "../harness.ts";
import { comesAfter } from "../invariants/lifecycle.ts";
import { reveal } from "../secrets.ts";
import {
  ARGS,
  container,
  DATABASE,
  everything,
  fromConfig,
  LARGE,
  MOCK,
  OWN,
  pods,
  recordLiteLlm,
  recordWithoutDatabase,
  REDIS,
  TRACING,
  variables,
} from "./litellm-fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";

/** The resources but for what a Credential is made of, which is its own test's. */
const made = (of: Recording) => inventory(of).filter((line) => !/RandomPassword|Stash/.test(line));

describe("LiteLlm", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordLiteLlm();
  });

  it("makes these resources with a database", () =>
    expect(made(recording)).to.deep.equal([
      "kubernetes:apps/v1:Deployment litellm-server-deployment",
      "kubernetes:batch/v1:Job litellm-keys-job",
      "kubernetes:batch/v1:Job litellm-migration-job",
      "kubernetes:core/v1:ConfigMap litellm-config",
      "kubernetes:core/v1:ConfigMap litellm-keys",
      `${SECRET} litellm-master-key-gateway`,
      `${SECRET} litellm-salt-key-gateway`,
      "kubernetes:core/v1:Service litellm-server-service",
      "llm-platform:foundation:Credential litellm-master-key",
      "llm-platform:foundation:Credential litellm-salt-key",
      "llm-platform:foundation:Job litellm-keys",
      "llm-platform:foundation:Job litellm-migration",
      "llm-platform:foundation:Workload litellm-server",
      "llm-platform:gateway:LiteLlm litellm",
    ]));

  it("makes these resources without one: no Job, no salt key", async () =>
    expect(made(await recordWithoutDatabase())).to.deep.equal([
      "kubernetes:apps/v1:Deployment litellm-server-deployment",
      "kubernetes:core/v1:ConfigMap litellm-config",
      `${SECRET} litellm-master-key-gateway`,
      "kubernetes:core/v1:Service litellm-server-service",
      "llm-platform:foundation:Credential litellm-master-key",
      "llm-platform:foundation:Workload litellm-server",
      "llm-platform:gateway:LiteLlm litellm",
    ]));

  const BASE = {
    HOME: "/tmp",
    XDG_CACHE_HOME: "/tmp/.cache",
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    LITELLM_LOG: "ERROR",
    LITELLM_MIGRATION_DIR: "/tmp/migrations",
    LITELLM_MODE: "PRODUCTION",
    LITELLM_NON_ROOT: "true",
  };
  const DATABASE_VARIABLES = {
    DATABASE_PASSWORD: { name: "database-secret", key: "password" },
    DATABASE_URL: "postgresql://litellm:$(DATABASE_PASSWORD)@postgres.data.svc.cluster.local:5432/litellm",
  };
  const secretOf = (of: Recording, name: string) => ({
    name: find(of, SECRET, name).id.split("/")[1],
    key: "key",
  });

  it("tells the server its keys and its database, and never to migrate", () =>
    expect(variables(recording, "server")).to.deep.equal({
      ...BASE,
      ...DATABASE_VARIABLES,
      LITELLM_MASTER_KEY: secretOf(recording, "litellm-master-key-gateway"),
      LITELLM_SALT_KEY: secretOf(recording, "litellm-salt-key-gateway"),
      DISABLE_SCHEMA_UPDATE: "true",
      GRACEFUL_SHUTDOWN_TIMEOUT: "70",
    }));

  it("tells the migration its database alone, and to migrate", () =>
    expect(variables(recording, "migration")).to.deep.equal({
      ...BASE,
      ...DATABASE_VARIABLES,
      DISABLE_SCHEMA_UPDATE: "false",
    }));

  it("tells a server without a database nothing of one", async () => {
    const alone = await recordWithoutDatabase();
    expect(variables(alone, "server")).to.deep.equal({
      ...BASE,
      LITELLM_MASTER_KEY: secretOf(alone, "litellm-master-key-gateway"),
      DISABLE_SCHEMA_UPDATE: "true",
      GRACEFUL_SHUTDOWN_TIMEOUT: "70",
    });
  });

  it("migrates before any server starts", () => {
    const server = find(recording, "kubernetes:apps/v1:Deployment", "litellm-server-deployment");
    const job = find(recording, "kubernetes:batch/v1:Job", "litellm-migration-job");
    expect([...comesAfter(recording, server)]).to.include(job.urn);
    expect(container(recording, "migration").command).to.deep.equal([
      "python",
      "litellm/proxy/prisma_migration.py",
    ]);
  });

  it("probes the two endpoints that call no model (S0.48)", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container(recording, "server");
    expect([startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet)).to.deep.equal([
      { path: "/health/readiness", port: "http" },
      { path: "/health/readiness", port: "http" },
      { path: "/health/liveliness", port: "http" },
    ]);
  });

  it("starts with the mounted configuration, at its port", () => {
    const { args, ports, volumeMounts } = container(recording, "server");
    expect(args).to.deep.equal(["--config", "/etc/litellm/config.yaml", "--port", "4000"]);
    expect(ports).to.deep.equal([{ name: "http", containerPort: 4000, protocol: "TCP" }]);
    expect(volumeMounts).to.deep.equal([
      { name: "etc-litellm", mountPath: "/etc/litellm", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("lets callers hear that a pod goes, then its streams end, and only then ends itself", () => {
    const grace = pods(recording, "server").pod["terminationGracePeriodSeconds"];
    expect([grace, container(recording, "server")["lifecycle"]]).to.deep.equal([
      90,
      { preStop: { sleep: { seconds: 10 } } },
    ]);
    expect(10 + Number(variables(recording, "server")["GRACEFUL_SHUTDOWN_TIMEOUT"])).to.be.below(90);
  });

  it("makes keys that LiteLLM takes", () => {
    for (const name of ["master-key", "salt-key"]) {
      expect(reveal(find(recording, SECRET, `litellm-${name}-gateway`).inputs["stringData"])).to.deep.equal({
        key: `sk-${mockPassword(`litellm-${name}-value`, 48)}`,
      });
    }
  });

  it("never changes the salt key, and protects and keeps it when it has to: nothing else", async () => {
    const { resources } = await recordLiteLlm({ retain: true });
    const isSalt = ({ name }: { name: string }) => name.startsWith("litellm-salt-key-");
    expect(resources.filter(isSalt)).to.have.length(3);
    expect(resources.filter(({ protect }) => protect)).to.have.members(resources.filter(isSalt));
    expect(resources.filter(({ retainOnDelete }) => retainOnDelete)).to.have.members(
      resources.filter(isSalt),
    );
    expect(resources.filter(({ ignoreChanges }) => ignoreChanges.length > 0).every(isSalt)).to.equal(true);
    expect(recording.resources.filter(({ protect }) => protect)).to.deep.equal([]);
  });

  it("hands over the address and the name of the master key's Secret", () =>
    expect(recording.outputs["admin"]).to.deep.equal({
      host: "litellm.gateway.svc.cluster.local",
      port: 4000,
      url: "http://litellm.gateway.svc.cluster.local:4000",
      secret: secretOf(recording, "litellm-master-key-gateway"),
      endpoint: {
        namespace: "gateway",
        podLabels: { "app.kubernetes.io/name": "litellm", "app.kubernetes.io/component": "server" },
        ports: { http: 4000 },
      },
    }));

  it("has as many replicas as it is told", async () => {
    const replicas = (of: Recording) => (pods(of, "server").manifest.spec as { replicas: number }).replicas;
    expect(replicas(recording)).to.equal(1);
    expect(replicas(await recordLiteLlm({ replicas: 3, redis: REDIS }))).to.equal(3);
  });

  describe("with provider keys", () => {
    const apiKeys = () => ({
      openrouterApiKey: fromConfig("sk-openrouter"),
      ownKey: fromConfig("sk-own"),
    });
    const models = [LARGE, OWN];

    it("makes a Secret of each, and a variable that names it", async () => {
      const keyed = await recordLiteLlm({ models, apiKeys: apiKeys() });
      const own = find(keyed, SECRET, "litellm-api-key-own-key-gateway");
      expect(reveal(own.inputs["stringData"])).to.deep.equal({ key: "sk-own" });
      expect(variables(keyed, "server")).to.deep.include({
        API_KEY_OPENROUTER_API_KEY: secretOf(keyed, "litellm-api-key-openrouter-api-key-gateway"),
        API_KEY_OWN_KEY: secretOf(keyed, "litellm-api-key-own-key-gateway"),
      });
    });

    it("keeps them from the migration", async () => {
      const keyed = await recordLiteLlm({ models, apiKeys: apiKeys() });
      expect(
        Object.keys(variables(keyed, "migration")).filter((name) => name.startsWith("API_KEY")),
      ).to.deep.equal([]);
    });

    it("rolls the server for a new key, and not the migration", async () => {
      const before = await recordLiteLlm({ models, apiKeys: apiKeys() });
      const after = await recordLiteLlm({
        models,
        apiKeys: { ...apiKeys(), ownKey: fromConfig("sk-new") },
      });
      expect(pods(after, "server").pod).to.not.deep.equal(pods(before, "server").pod);
      expect(pods(after, "migration").pod).to.deep.equal(pods(before, "migration").pod);
    });
  });

  it("rolls the server for a new master key, and not the migration", async () => {
    const rotated = await recordLiteLlm({}, { passwords: { "litellm-master-key-value": "another" } });
    expect(pods(rotated, "server").pod).to.not.deep.equal(pods(recording, "server").pod);
    expect(pods(rotated, "migration").pod).to.deep.equal(pods(recording, "migration").pod);
  });

  it("rolls the server for a new model list, and not the migration", async () => {
    const changed = await recordLiteLlm({ models: [{ ...MOCK, name: "other" }] });
    expect(pods(changed, "server").pod).to.not.deep.equal(pods(recording, "server").pod);
    expect(pods(changed, "migration").pod).to.deep.equal(pods(recording, "migration").pod);
  });

  it("rolls nothing for nothing", async () => {
    const again = await recordLiteLlm();
    expect(pods(again, "server").pod).to.deep.equal(pods(recording, "server").pod);
  });

  it("registers nothing when its arguments do not fit", async () => {
    let error: unknown;
    const nothing = await record(() => {
      try {
        new LiteLlm("litellm", { ...ARGS, models: [MOCK, LARGE], replicas: 0 });
      } catch (reason) {
        error = reason;
      }
    });
    expect(nothing.resources).to.deep.equal([]);
    expect(pulumi.InputPropertiesError.isInstance(error)).to.equal(true);
    expect((error as { errors?: unknown }).errors).to.deep.equal([
      { propertyPath: "models[1].apiKey", reason: 'names "openrouterApiKey", which apiKeys does not have' },
      { propertyPath: "replicas", reason: "must be a whole number, at least 1" },
    ]);
  });
});

describe("validateLiteLlmArgs", () => {
  const problems = (args: Partial<LiteLlmArgs>) => validateLiteLlmArgs({ ...ARGS, ...args });
  it("finds nothing where all fits", () => expect(problems({})).to.deep.equal([]));
  it("refuses no models", () =>
    expect(problems({ models: [] })).to.deep.equal([
      { propertyPath: "models", reason: "must not be empty" },
    ]));
  for (const replicas of [0, -1, 1.5]) {
    it(`refuses ${replicas} replicas`, () =>
      expect(problems({ replicas, redis: REDIS })).to.deep.equal([
        { propertyPath: "replicas", reason: "must be a whole number, at least 1" },
      ]));
  }
  it("refuses two keys that would be one variable", () =>
    expect(problems({ apiKeys: { ownKEY: fromConfig("a"), ownKey: fromConfig("b") } })).to.deep.equal([
      { propertyPath: "apiKeys.ownKey", reason: "is the same variable as apiKeys.ownKEY (API_KEY_OWN_KEY)" },
    ]));

  it("finds nothing in a gateway that has everything", () =>
    expect(validateLiteLlmArgs(everything())).to.deep.equal([]));

  for (const [what, args, problem] of [
    [
      "several pods without Redis",
      { replicas: 2 },
      ["redis", "is needed by more than one pod: each would count limits for itself"],
    ],
    [
      "an autoscaler without Redis",
      { autoscale: { maxReplicas: 2, cpuPercent: 60 } },
      ["redis", "is needed by more than one pod: each would count limits for itself"],
    ],
    [
      "an autoscaler that has nowhere to go",
      { redis: REDIS, replicas: 2, autoscale: { maxReplicas: 2, cpuPercent: 60 } },
      ["autoscale.maxReplicas", "must be a whole number above replicas, which is 2"],
    ],
    [
      "a cache without Redis",
      { cacheTtlSeconds: 1 },
      ["cacheTtlSeconds", "needs redis, which keeps the answers"],
    ],
    [
      "a key of no team",
      { consumers: { app: { namespace: "x", team: "none" } } },
      ['consumers["app"].team', 'names "none", which teams does not have'],
    ],
    [
      "a key of no model",
      { consumers: { app: { namespace: "x", models: ["none"] } } },
      ['consumers["app"].models', 'names "none", which models does not have'],
    ],
    [
      "a team of no model",
      { teams: { app: { models: ["none"] } } },
      ['teams["app"].models', 'names "none", which models does not have'],
    ],
    [
      "a list of no models",
      { teams: { app: { models: [] } } },
      ['teams["app"].models', "must not be empty: LiteLLM takes that for all models"],
    ],
    [
      "a budget of nothing",
      { teams: { app: { budget: { usd: 0, period: "30d" } } } },
      ['teams["app"].budget.usd', "must be more than 0"],
    ],
    [
      "a budget for no time",
      { teams: { app: { budget: { usd: 1, period: "month" } } } },
      ['teams["app"].budget.period', 'must be like "30d" or "12h"'],
    ],
    [
      "a limit of nothing",
      { teams: { app: { tokensPerMinute: 0 } } },
      ['teams["app"].tokensPerMinute', "must be more than 0"],
    ],
    [
      "a limit that is no number",
      { teams: { app: { requestsPerMinute: Number.NaN } } },
      ['teams["app"].requestsPerMinute', "must be more than 0"],
    ],
    [
      "a name that is none",
      { consumers: { "App 1": { namespace: "x" } } },
      ['consumers["App 1"]', "must match ^[a-z][a-z0-9-]{0,39}$"],
    ],
    [
      "a fallback of no model",
      { router: { retries: 0, timeoutSeconds: 1, fallbacks: { canned: ["none"] } } },
      ['router.fallbacks["canned"]', 'names "none", which models does not have'],
    ],
    [
      "a fallback to no model",
      { router: { retries: 0, timeoutSeconds: 1, fallbacks: { none: ["canned"] } } },
      ['router.fallbacks["none"]', 'names "none", which models does not have'],
    ],
  ] as [string, Partial<LiteLlmArgs>, [string, string]][]) {
    it(`refuses ${what}`, () =>
      expect(problems(args)).to.deep.equal([{ propertyPath: problem[0], reason: problem[1] }]));
  }
});

describe("LiteLlm with everything", () => {
  let recording: Recording;
  before(async () => {
    recording = await record(() => {
      const { admin, connections } = new LiteLlm("litellm", everything());
      return { admin, connections };
    });
  });
  const secretOf = (name: string) => ({ name: find(recording, SECRET, name).id.split("/")[1], key: "key" });

  it("adds keys, an autoscaler and a disruption budget", () =>
    expect(made(recording).filter((line) => !plain.includes(line))).to.deep.equal([
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler litellm-server-autoscaler",
      `${SECRET} litellm-api-key-openrouter-api-key-gateway`,
      `${SECRET} litellm-key-alice-gateway`,
      `${SECRET} litellm-key-open-webui-chat`,
      `${SECRET} litellm-key-open-webui-gateway`,
      "kubernetes:policy/v1:PodDisruptionBudget litellm-server-disruption-budget",
      "llm-platform:foundation:Credential litellm-api-key-openrouter-api-key",
      "llm-platform:foundation:Credential litellm-key-alice",
      "llm-platform:foundation:Credential litellm-key-open-webui",
    ]));
  let plain: string[];
  before(async () => {
    plain = made(await recordLiteLlm());
  });

  it("tells the server where Redis and Phoenix are", () =>
    expect(variables(recording, "server")).to.deep.include({
      REDIS_PASSWORD: REDIS.secret,
      PHOENIX_API_KEY: TRACING.secret,
      PHOENIX_COLLECTOR_HTTP_ENDPOINT: TRACING.url,
      PHOENIX_PROJECT_NAME: "gateway",
    }));

  it("sends Phoenix no empty key where it wants none", async () => {
    const { url, projectName, endpoint } = TRACING;
    expect(
      variables(await recordLiteLlm({ tracing: { url, projectName, endpoint } }), "server"),
    ).to.not.have.property("PHOENIX_API_KEY");
  });

  it("spreads the pods", () =>
    expect(pods(recording, "server").pod["topologySpreadConstraints"]).to.have.length(2));

  it("gives each consumer a key of its own, in its own namespace, and nobody the master key", () => {
    const connection = (secret: unknown) => ({
      ...(recording.outputs["admin"] as object),
      secret,
    });
    expect(recording.outputs["connections"]).to.deep.equal({
      "open-webui": connection(secretOf("litellm-key-open-webui-chat")),
      alice: connection(secretOf("litellm-key-alice-gateway")),
    });
    const keys = ["litellm-key-open-webui-chat", "litellm-key-open-webui-gateway"].map((name) =>
      reveal(find(recording, SECRET, name).inputs["stringData"]),
    );
    const key = `sk-${mockPassword("litellm-key-open-webui-value", 48)}`;
    expect(keys).to.deep.equal([{ key }, { key }]);
    const holders = recording.resources.filter(({ inputs }) =>
      JSON.stringify(reveal(inputs)).includes(mockPassword("litellm-master-key-value", 48)),
    );
    expect(holders.map(({ name }) => name)).to.deep.equal(["litellm-master-key-gateway"]);
  });

  it("registers the keys once the server answers", () => {
    const job = find(recording, "kubernetes:batch/v1:Job", "litellm-keys-job");
    expect([...comesAfter(recording, job)]).to.include(
      find(recording, "kubernetes:apps/v1:Deployment", "litellm-server-deployment").urn,
    );
    expect(container(recording, "keys").command).to.deep.equal([
      "python",
      "/etc/litellm-keys/register-keys.py",
    ]);
    expect(variables(recording, "keys")).to.deep.equal({
      KEY_ALICE: secretOf("litellm-key-alice-gateway"),
      KEY_OPEN_WEBUI: secretOf("litellm-key-open-webui-gateway"),
      LITELLM_MASTER_KEY: secretOf("litellm-master-key-gateway"),
      LITELLM_URL: "http://litellm.gateway.svc.cluster.local:4000",
      REGISTRATIONS: "/etc/litellm-keys/registrations.json",
    });
  });

  it("gives the keys to no server, and the provider keys to no Job", () => {
    const names = (role: "server" | "migration" | "keys") => Object.keys(variables(recording, role));
    expect(names("server").filter((name) => name.startsWith("KEY_"))).to.deep.equal([]);
    expect(
      [...names("keys"), ...names("migration")].filter((name) => name.startsWith("API_KEY")),
    ).to.deep.equal([]);
  });

  for (const [what, change, rolled] of [
    ["a new limit", { consumers: { ...everything().consumers, alice: { namespace: "gateway" } } }, ["keys"]],
    ["a new team", { teams: { ...everything().teams, other: {} } }, ["keys"]],
    ["another project", { tracing: { ...TRACING, projectName: "other" } }, ["server"]],
    ["another cache time", { cacheTtlSeconds: 60 }, ["server"]],
    ["open budgets", { failClosed: false }, ["server"]],
  ] as [string, Partial<LiteLlmArgs>, string[]][]) {
    it(`rolls ${rolled.join()} alone for ${what}`, async () => {
      const after = await record(() => new LiteLlm("litellm", { ...everything(), ...change }));
      const changed = (["server", "migration", "keys"] as const).filter(
        (role) => JSON.stringify(pods(after, role).pod) !== JSON.stringify(pods(recording, role).pod),
      );
      expect(changed).to.deep.equal(rolled);
    });
  }
});

describe("LiteLlm without a database", () => {
  it("gives consumers a copy of the master key, the only one that there is", async () => {
    const alone = await recordWithoutDatabase({ consumers: { "open-webui": { namespace: "chat" } } });
    const copy = find(alone, SECRET, "litellm-master-key-chat");
    expect(alone.outputs["connections"]).to.deep.equal({
      "open-webui": {
        ...(alone.outputs["admin"] as object),
        secret: { name: copy.id.split("/")[1], key: "key" },
      },
    });
    expect(made(alone).filter((line) => line.includes("litellm-key"))).to.deep.equal([]);
  });
});

describe("LiteLlm on a server with TLS", () => {
  for (const [sslMode, parameters] of [
    ["require", "?sslmode=require"],
    ["verify-full", "?sslmode=require&sslaccept=strict"],
  ] as const) {
    it(`tells Prisma ${sslMode} in its own words`, async () => {
      const recording = await recordLiteLlm({ database: { ...DATABASE, sslMode } });
      const address = `postgresql://litellm:$(DATABASE_PASSWORD)@postgres.data.svc.cluster.local:5432/litellm${parameters}`;
      expect(variables(recording, "server")["DATABASE_URL"]).to.equal(address);
      expect(variables(recording, "migration")["DATABASE_URL"]).to.equal(address);
    });
  }
});

describe("LiteLlm with secrets of somebody else", () => {
  it("generates none that it is given", async () => {
    const existing = (name: string) => ({ kind: "existing" as const, name, key: "value" });
    const recording = await recordLiteLlm({
      secrets: { masterKey: existing("master"), saltKey: existing("salt") },
      consumers: { app: { namespace: "apps", source: existing("app-key") } },
    });
    expect(variables(recording, "server")).to.deep.include({
      LITELLM_MASTER_KEY: { name: "master", key: "value" },
      LITELLM_SALT_KEY: { name: "salt", key: "value" },
    });
    expect(variables(recording, "keys")["KEY_APP"]).to.deep.equal({ name: "app-key", key: "value" });
    expect(inventory(recording).filter((line) => /Secret |RandomPassword/.test(line))).to.deep.equal([]);
  });
});
