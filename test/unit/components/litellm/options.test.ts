import { expect } from "chai";
import type { LiteLlmArgs } from "../../../../components/litellm/args.ts";
import { LiteLlm } from "../../../../components/litellm/index.ts";
import { find, inventory, mockPassword, record, type Recording } from "../../../harness.ts";
import { comesAfter } from "../../../invariants/lifecycle.ts";
import { reveal } from "../../../secrets.ts";
import {
  CACHE_REDIS,
  container,
  DATABASE,
  everything,
  made,
  pods,
  recordLiteLlm,
  recordWithoutDatabase,
  REDIS,
  SECRET,
  TRACING,
  variables,
} from "./fixtures.ts";

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

  it("gives the server the addresses of Redis and Phoenix", () =>
    expect(variables(recording, "server")).to.deep.include({
      REDIS_PASSWORD: REDIS.secret,
      REDIS_CACHE_PASSWORD: CACHE_REDIS.secret,
      OTEL_TRACES_SAMPLER: "always_on",
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

  it("gives each consumer its own key in its own namespace, and none the master key", () => {
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
    ["a cache", { cache: { redis: CACHE_REDIS, ttlSeconds: 60 } }, ["server"]],
    ["open budgets", { failClosed: false }, ["server"]],
  ] as [string, Partial<LiteLlmArgs>, string[]][]) {
    it(`rolls only ${rolled.join()} for ${what}`, async () => {
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
    it(`translates ${sslMode} for Prisma`, async () => {
      const recording = await recordLiteLlm({ database: { ...DATABASE, sslMode } });
      const address = `postgresql://litellm:$(DATABASE_PASSWORD)@postgres.data.svc.cluster.local:5432/litellm${parameters}`;
      expect(variables(recording, "server")["DATABASE_URL"]).to.equal(address);
      expect(variables(recording, "migration")["DATABASE_URL"]).to.equal(address);
    });
  }
});

describe("LiteLlm with existing Secrets", () => {
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
