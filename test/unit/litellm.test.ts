import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse } from "yaml";
import type { DatabaseConnection } from "../../components/connection.ts";
import { LiteLlm, type LiteLlmArgs } from "../../components/litellm/index.ts";
import {
  apiKeySlug,
  apiKeyVariable,
  egressPorts,
  type Model,
  PROVIDERS,
} from "../../components/litellm/models.ts";
import { IMAGES } from "../../components/images.ts";
import { renderConfig } from "../../components/litellm/render-config.ts";
import { validateLiteLlmArgs } from "../../components/litellm/validate-args.ts";
import { postgresEndpoints } from "../../components/postgres/endpoints.ts";
import { find, inventory, mockPassword, record, type Recording, type RecordOptions } from "../harness.ts";
import { comesAfter } from "../invariants/lifecycle.ts";
import { type Container, type PodOwner, podOwners } from "../kubernetes.ts";
import { reveal } from "../secrets.ts";

const SECRET = "kubernetes:core/v1:Secret";
const MOCK: Model = { name: "canned", provider: "mock", response: "Hello." };
const LARGE: Model = {
  name: "large",
  provider: "openrouter",
  model: "vendor/large",
  apiKey: "openrouterApiKey",
};
const OWN: Model = {
  name: "own",
  provider: "openai",
  model: "own-7b",
  apiKey: "ownKey",
  apiBase: "https://models.example.org:8443/v1",
};
const DATABASE: DatabaseConnection = {
  host: "postgres.data.svc.cluster.local",
  port: 5432,
  url: "postgresql://litellm@postgres.data.svc.cluster.local:5432/litellm",
  database: "litellm",
  role: "litellm",
  secret: { name: "database-secret", key: "password" },
  endpoint: postgresEndpoints("data").server,
};
const ALONE: LiteLlmArgs = { namespace: "gateway", image: IMAGES.litellm, models: [MOCK], apiKeys: {} };
const ARGS: LiteLlmArgs = { ...ALONE, database: DATABASE };

const recordLiteLlm = (args: Partial<LiteLlmArgs> = {}, options: RecordOptions = {}) =>
  record(() => ({ admin: new LiteLlm("litellm", { ...ARGS, ...args }).admin }), options);

const withoutDatabase = () => record(() => ({ admin: new LiteLlm("litellm", ALONE).admin }));

function pods(recording: Recording, kind: string): PodOwner {
  const found = podOwners(recording).filter((owner) => owner.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} ${kind}s`);
  return found[0];
}

function container(recording: Recording, kind: string): Container {
  const [first] = pods(recording, kind).pod.containers;
  if (first === undefined) throw new Error("no container");
  return first;
}

const variables = (recording: Recording, kind: string) =>
  Object.fromEntries(
    (container(recording, kind).env ?? []).map(({ name, value, valueFrom }) => [
      name,
      value ?? valueFrom?.secretKeyRef,
    ]),
  );

describe("LiteLlm", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordLiteLlm();
  });

  it("makes these resources with a database", () =>
    expect(inventory(recording)).to.deep.equal([
      "kubernetes:apps/v1:Deployment litellm-server-deployment",
      "kubernetes:batch/v1:Job litellm-migration-job",
      "kubernetes:core/v1:ConfigMap litellm-config",
      `${SECRET} litellm-master-key-gateway`,
      `${SECRET} litellm-salt-key-gateway`,
      "kubernetes:core/v1:Service litellm-server-service",
      "llm-platform:foundation:Credential litellm-master-key",
      "llm-platform:foundation:Credential litellm-salt-key",
      "llm-platform:foundation:Job litellm-migration",
      "llm-platform:foundation:Workload litellm-server",
      "llm-platform:gateway:LiteLlm litellm",
      "random:index/randomPassword:RandomPassword litellm-master-key-value",
      "random:index/randomPassword:RandomPassword litellm-salt-key-value",
    ]));

  it("makes these resources without one: no Job, no salt key", async () =>
    expect(inventory(await withoutDatabase())).to.deep.equal([
      "kubernetes:apps/v1:Deployment litellm-server-deployment",
      "kubernetes:core/v1:ConfigMap litellm-config",
      `${SECRET} litellm-master-key-gateway`,
      "kubernetes:core/v1:Service litellm-server-service",
      "llm-platform:foundation:Credential litellm-master-key",
      "llm-platform:foundation:Workload litellm-server",
      "llm-platform:gateway:LiteLlm litellm",
      "random:index/randomPassword:RandomPassword litellm-master-key-value",
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
    expect(variables(recording, "Deployment")).to.deep.equal({
      ...BASE,
      ...DATABASE_VARIABLES,
      LITELLM_MASTER_KEY: secretOf(recording, "litellm-master-key-gateway"),
      LITELLM_SALT_KEY: secretOf(recording, "litellm-salt-key-gateway"),
      DISABLE_SCHEMA_UPDATE: "true",
    }));

  it("tells the migration its database alone, and to migrate", () =>
    expect(variables(recording, "Job")).to.deep.equal({
      ...BASE,
      ...DATABASE_VARIABLES,
      DISABLE_SCHEMA_UPDATE: "false",
    }));

  it("tells a server without a database nothing of one", async () => {
    const alone = await withoutDatabase();
    expect(variables(alone, "Deployment")).to.deep.equal({
      ...BASE,
      LITELLM_MASTER_KEY: secretOf(alone, "litellm-master-key-gateway"),
      DISABLE_SCHEMA_UPDATE: "true",
    });
  });

  it("migrates before any server starts", () => {
    const server = find(recording, "kubernetes:apps/v1:Deployment", "litellm-server-deployment");
    const job = find(recording, "kubernetes:batch/v1:Job", "litellm-migration-job");
    expect([...comesAfter(recording, server)]).to.include(job.urn);
    expect(container(recording, "Job").command).to.deep.equal([
      "python",
      "litellm/proxy/prisma_migration.py",
    ]);
  });

  it("probes the two endpoints that call no model (S0.48)", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container(recording, "Deployment");
    expect([startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet)).to.deep.equal([
      { path: "/health/readiness", port: "http" },
      { path: "/health/readiness", port: "http" },
      { path: "/health/liveliness", port: "http" },
    ]);
  });

  it("starts with the mounted configuration, at its port", () => {
    const { args, ports, volumeMounts } = container(recording, "Deployment");
    expect(args).to.deep.equal(["--config", "/etc/litellm/config.yaml", "--port", "4000"]);
    expect(ports).to.deep.equal([{ name: "http", containerPort: 4000, protocol: "TCP" }]);
    expect(volumeMounts).to.deep.equal([
      { name: "etc-litellm", mountPath: "/etc/litellm", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("lets long streams end", () =>
    expect(pods(recording, "Deployment").pod["terminationGracePeriodSeconds"]).to.equal(90));

  it("makes keys that LiteLLM takes", () => {
    for (const name of ["master-key", "salt-key"]) {
      expect(reveal(find(recording, SECRET, `litellm-${name}-gateway`).inputs["stringData"])).to.deep.equal({
        key: `sk-${mockPassword(`litellm-${name}-value`, 48)}`,
      });
    }
  });

  it("never changes the salt key, and protects it when it has to: nothing else", async () => {
    const { resources } = await recordLiteLlm({ retain: true });
    expect(resources.filter(({ protect }) => protect).map(({ name }) => name)).to.have.members([
      "litellm-salt-key",
      "litellm-salt-key-value",
      "litellm-salt-key-gateway",
    ]);
    expect(
      resources.filter(({ ignoreChanges }) => ignoreChanges.length > 0).map(({ name }) => name),
    ).to.deep.equal(["litellm-salt-key-value"]);
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
    const replicas = (of: Recording) =>
      (pods(of, "Deployment").manifest.spec as { replicas: number }).replicas;
    expect(replicas(recording)).to.equal(1);
    expect(replicas(await recordLiteLlm({ replicas: 3 }))).to.equal(3);
  });

  describe("with provider keys", () => {
    const apiKeys = () => ({
      openrouterApiKey: pulumi.secret("sk-openrouter"),
      ownKey: pulumi.secret("sk-own"),
    });
    const models = [LARGE, OWN];

    it("makes a Secret of each, and a variable that names it", async () => {
      const keyed = await recordLiteLlm({ models, apiKeys: apiKeys() });
      const own = find(keyed, SECRET, "litellm-api-key-own-key-gateway");
      expect(reveal(own.inputs["stringData"])).to.deep.equal({ key: "sk-own" });
      expect(variables(keyed, "Deployment")).to.deep.include({
        API_KEY_OPENROUTER_API_KEY: secretOf(keyed, "litellm-api-key-openrouter-api-key-gateway"),
        API_KEY_OWN_KEY: secretOf(keyed, "litellm-api-key-own-key-gateway"),
      });
    });

    it("keeps them from the migration", async () => {
      const keyed = await recordLiteLlm({ models, apiKeys: apiKeys() });
      expect(Object.keys(variables(keyed, "Job")).filter((name) => name.startsWith("API_KEY"))).to.deep.equal(
        [],
      );
    });

    it("rolls the server for a new key, and not the migration", async () => {
      const before = await recordLiteLlm({ models, apiKeys: apiKeys() });
      const after = await recordLiteLlm({
        models,
        apiKeys: { ...apiKeys(), ownKey: pulumi.secret("sk-new") },
      });
      expect(pods(after, "Deployment").pod).to.not.deep.equal(pods(before, "Deployment").pod);
      expect(pods(after, "Job").pod).to.deep.equal(pods(before, "Job").pod);
    });
  });

  it("rolls the server for a new master key, and not the migration", async () => {
    const rotated = await recordLiteLlm({}, { passwords: { "litellm-master-key-value": "another" } });
    expect(pods(rotated, "Deployment").pod).to.not.deep.equal(pods(recording, "Deployment").pod);
    expect(pods(rotated, "Job").pod).to.deep.equal(pods(recording, "Job").pod);
  });

  it("rolls the server for a new model list, and not the migration", async () => {
    const changed = await recordLiteLlm({ models: [{ ...MOCK, response: "Goodbye." }] });
    expect(pods(changed, "Deployment").pod).to.not.deep.equal(pods(recording, "Deployment").pod);
    expect(pods(changed, "Job").pod).to.deep.equal(pods(recording, "Job").pod);
  });

  it("rolls nothing for nothing", async () => {
    const again = await recordLiteLlm();
    expect(pods(again, "Deployment").pod).to.deep.equal(pods(recording, "Deployment").pod);
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
      expect(problems({ replicas }).map(({ propertyPath }) => propertyPath)).to.deep.equal(["replicas"]));
  }
  it("refuses two keys that would be one variable", () =>
    expect(problems({ apiKeys: { ownKEY: pulumi.secret("a"), ownKey: pulumi.secret("b") } })).to.deep.equal([
      { propertyPath: "apiKeys.ownKey", reason: "is the same variable as apiKeys.ownKEY (API_KEY_OWN_KEY)" },
    ]));
});

describe("renderConfig", () => {
  it("lists models in their order, with names of keys (S2.34)", () =>
    expect(parse(renderConfig({ models: [OWN, LARGE, MOCK], database: true }))).to.deep.equal({
      general_settings: {
        database_url: "os.environ/DATABASE_URL",
        master_key: "os.environ/LITELLM_MASTER_KEY",
      },
      litellm_settings: { drop_params: true, num_retries: 2, request_timeout: 600 },
      model_list: [
        {
          model_name: "own",
          litellm_params: {
            model: "openai/own-7b",
            api_key: "os.environ/API_KEY_OWN_KEY",
            api_base: "https://models.example.org:8443/v1",
          },
        },
        {
          model_name: "large",
          litellm_params: {
            model: "openrouter/vendor/large",
            api_key: "os.environ/API_KEY_OPENROUTER_API_KEY",
          },
        },
        { model_name: "canned", litellm_params: { model: "openai/canned", mock_response: "Hello." } },
      ],
    }));

  it("has its keys under general_settings, where LiteLLM reads them (S2.32)", () => {
    const { general_settings: general, litellm_settings: others } = parse(
      renderConfig({ models: [MOCK], database: true }),
    ) as Record<string, Record<string, unknown>>;
    expect(general).to.have.all.keys("database_url", "master_key");
    expect(others).to.not.have.any.keys("database_url", "master_key");
  });

  it("says nothing of a database where there is none", () =>
    expect(
      (parse(renderConfig({ models: [MOCK], database: false })) as Record<string, unknown>)[
        "general_settings"
      ],
    ).to.deep.equal({ master_key: "os.environ/LITELLM_MASTER_KEY" }));

  it("has every secret by name, none by value", () => {
    const text = renderConfig({ models: [LARGE, OWN], database: true });
    const secrets = [...text.matchAll(/(?:key|url): (.*)$/gm)].map(([, value = ""]) => value);
    expect(secrets).to.have.length(4);
    for (const value of secrets) expect(value).to.match(/^os\.environ\/[A-Z_]+$/);
  });

  it("keeps long and odd texts as they are", () => {
    const response = `${"long ".repeat(40)}: "quoted"\n# no comment\n- no list`;
    const { model_list: list } = parse(
      renderConfig({ models: [{ name: "yes", provider: "mock", response }], database: false }),
    ) as { model_list: { model_name: unknown; litellm_params: { mock_response: string } }[] };
    expect(list[0]?.model_name).to.equal("yes");
    expect(list[0]?.litellm_params.mock_response).to.equal(response);
  });

  it("sorts the keys of maps", () => {
    const text = renderConfig({ models: [OWN], database: true });
    expect(text.split("\n").filter((line) => /^[a-z]/.test(line))).to.deep.equal([
      "general_settings:",
      "litellm_settings:",
      "model_list:",
    ]);
  });

  for (const [provider, { prefix }] of Object.entries(PROVIDERS)) {
    it(`knows ${provider}`, () => {
      const model = { ...LARGE, provider: provider as keyof typeof PROVIDERS };
      expect(renderConfig({ models: [model], database: false })).to.include(
        `model: ${prefix}/vendor/large\n`,
      );
    });
  }
});

describe("provider keys", () => {
  for (const [apiKey, slug, variable] of [
    ["openrouterApiKey", "openrouter-api-key", "API_KEY_OPENROUTER_API_KEY"],
    ["key", "key", "API_KEY_KEY"],
    ["openai2Key", "openai2-key", "API_KEY_OPENAI2_KEY"],
  ] as const) {
    it(`${apiKey} is ${slug} in names and ${variable} in pods`, () =>
      expect([apiKeySlug(apiKey), apiKeyVariable(apiKey)]).to.deep.equal([slug, variable]));
  }
});

describe("egressPorts", () => {
  it("is none for mock models", () => expect(egressPorts([MOCK])).to.deep.equal([]));
  it("is 443 for a provider's own address", () => expect(egressPorts([LARGE])).to.deep.equal([443]));
  it("is what an address names", () => expect(egressPorts([OWN])).to.deep.equal([8443]));
  it("is 443 for an address that names none, or 443", () =>
    expect(
      ["https://a.example.org/v1", "https://a.example.org:443/v1"].flatMap((apiBase) =>
        egressPorts([{ ...OWN, apiBase }]),
      ),
    ).to.deep.equal([443, 443]));
  it("is each once, in order of number", () =>
    expect(egressPorts([OWN, LARGE, { ...OWN, apiBase: "https://b.example.org:81" }, LARGE])).to.deep.equal([
      81, 443, 8443,
    ]));
});
