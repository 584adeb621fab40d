import { expect } from "chai";
import { LiteLlm } from "../../../../components/litellm/index.ts";
import { find, mockPassword, type Recording } from "../../../harness.ts";
import { comesAfter } from "../../../invariants/lifecycle.ts";
import { refusal } from "../../../refusal.ts";
import { reveal } from "../../../secrets.ts";
import {
  ARGS,
  container,
  fromConfig,
  LARGE,
  made,
  MOCK,
  OWN,
  pods,
  recordLiteLlm,
  recordWithoutDatabase,
  REDIS,
  SECRET,
  variables,
} from "./fixtures.ts";

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
  const SERVED = { NO_DOCS: "True", NO_OPENAPI: "True", NO_REDOC: "True", DISABLE_ADMIN_UI: "True" };
  const DATABASE_VARIABLES = {
    DATABASE_PASSWORD: { name: "database-secret", key: "password" },
    DATABASE_URL: "postgresql://litellm:$(DATABASE_PASSWORD)@postgres.data.svc.cluster.local:5432/litellm",
  };
  const secretOf = (of: Recording, name: string) => ({
    name: find(of, SECRET, name).id.split("/")[1],
    key: "key",
  });

  it("gives the server its keys and its database, and disables migration", () =>
    expect(variables(recording, "server")).to.deep.equal({
      ...BASE,
      ...DATABASE_VARIABLES,
      LITELLM_MASTER_KEY: secretOf(recording, "litellm-master-key-gateway"),
      LITELLM_SALT_KEY: secretOf(recording, "litellm-salt-key-gateway"),
      ...SERVED,
      DISABLE_SCHEMA_UPDATE: "true",
      GRACEFUL_SHUTDOWN_TIMEOUT: "70",
    }));

  it("gives the migration only its database, and enables migration", () =>
    expect(variables(recording, "migration")).to.deep.equal({
      ...BASE,
      ...DATABASE_VARIABLES,
      DISABLE_SCHEMA_UPDATE: "false",
    }));

  it("gives a server without a database no database variables", async () => {
    const alone = await recordWithoutDatabase();
    expect(variables(alone, "server")).to.deep.equal({
      ...BASE,
      LITELLM_MASTER_KEY: secretOf(alone, "litellm-master-key-gateway"),
      ...SERVED,
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

  it("probes the two endpoints that call no model", () => {
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

  it("serves LiteLLM's pages only if the argument says so", async () =>
    expect(variables(await recordLiteLlm({ adminInterface: true }), "server")).to.include({
      NO_DOCS: "True",
      DISABLE_ADMIN_UI: "False",
    }));

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

  it("has the configured number of replicas", async () => {
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
    const { errors, registered } = await refusal(() => {
      new LiteLlm("litellm", { ...ARGS, models: [MOCK, LARGE], replicas: 0 });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      { propertyPath: "models[1].apiKey", reason: 'refers to "openrouterApiKey", which is not in apiKeys' },
      { propertyPath: "replicas", reason: "must be a whole number, at least 1" },
    ]);
  });
});
