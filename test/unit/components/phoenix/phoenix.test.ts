import { expect } from "chai";
import type { PhoenixArgs } from "../../../../components/phoenix/args.ts";
import { phoenixEndpoints } from "../../../../components/phoenix/endpoints.ts";
import { Phoenix } from "../../../../components/phoenix/index.ts";
import {
  find,
  inventory,
  mockPassword,
  record,
  type Recording,
  type RecordOptions,
} from "../../../harness.ts";
import { onlyPods } from "../../../kubernetes.ts";
import { refusal } from "../../../refusal.ts";
import { plainTextsIn, reveal } from "../../../secrets.ts";
import { fromConfig } from "../litellm/fixtures.ts";
import { ARGS, NODE_PORT, outputsOf, variables } from "./fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";
const recordPhoenix = (args: Partial<PhoenixArgs> = {}, options: RecordOptions = {}) =>
  record(() => outputsOf(new Phoenix("phoenix", { ...ARGS, ...args })), options);

describe("Phoenix", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordPhoenix();
  });
  const refOf = (of: Recording, name: string, key: string) => ({
    name: find(of, SECRET, name).id.split("/")[1],
    key,
  });

  it("makes these resources", () =>
    expect(inventory(recording).filter((line) => !/RandomPassword|Stash/.test(line))).to.deep.equal([
      "kubernetes:apps/v1:StatefulSet phoenix-server-statefulset",
      `${SECRET} phoenix-admin-password-tracing`,
      `${SECRET} phoenix-secret-tracing`,
      `${SECRET} phoenix-system-key-agents`,
      `${SECRET} phoenix-system-key-gateway`,
      `${SECRET} phoenix-system-key-tracing`,
      "kubernetes:core/v1:Service phoenix-server-service",
      "llm-platform:foundation:Credential phoenix-admin-password",
      "llm-platform:foundation:Credential phoenix-secret",
      "llm-platform:foundation:Credential phoenix-system-key",
      "llm-platform:foundation:Workload phoenix-server",
      "llm-platform:tracing:Phoenix phoenix",
    ]));

  it("gives the server exactly these variables", () =>
    expect(variables(recording)).to.deep.equal({
      PHOENIX_ADMIN_SECRET: refOf(recording, "phoenix-system-key-tracing", "key"),
      PHOENIX_DEFAULT_ADMIN_INITIAL_PASSWORD: refOf(recording, "phoenix-admin-password-tracing", "password"),
      PHOENIX_POSTGRES_PASSWORD: { name: "database-secret", key: "password" },
      PHOENIX_SECRET: refOf(recording, "phoenix-secret-tracing", "key"),
      HOME: "/tmp",
      PGSSLMODE: "disable",
      PHOENIX_AGENTS_DISABLE_BASH: "true",
      PHOENIX_ALLOWED_SANDBOX_PROVIDERS: "NONE",
      PHOENIX_ALLOW_EXTERNAL_RESOURCES: "false",
      PHOENIX_CSRF_TRUSTED_ORIGINS: "http://localhost:6006",
      PHOENIX_DATABASE_ALLOCATED_STORAGE_CAPACITY_GIBIBYTES: "10",
      PHOENIX_DEFAULT_RETENTION_POLICY_DAYS: "0",
      PHOENIX_DISABLE_AGENT_ASSISTANT: "true",
      PHOENIX_ENABLE_AUTH: "true",
      PHOENIX_ENABLE_MCP_SERVER: "false",
      PHOENIX_ENABLE_OAUTH2_AUTHORIZATION_SERVER: "false",
      PHOENIX_ENABLE_PROMETHEUS: "false",
      PHOENIX_GRPC_PORT: "4317",
      PHOENIX_PORT: "6006",
      PHOENIX_POSTGRES_DB: "phoenix",
      PHOENIX_POSTGRES_HOST: "postgres.data.svc.cluster.local",
      PHOENIX_POSTGRES_PORT: "5432",
      PHOENIX_POSTGRES_USER: "phoenix",
      PHOENIX_ROOT_URL: "http://localhost:6006",
      PHOENIX_TELEMETRY_ENABLED: "false",
      PHOENIX_USE_SECURE_COOKIES: "false",
      PHOENIX_WORKING_DIR: "/tmp/phoenix",
    }));

  it("serves HTTP and gRPC, checks the database before it is ready, and writes only to /tmp", () => {
    const { owner, container } = onlyPods(recording);
    expect(container.ports).to.deep.equal([
      { name: "http", containerPort: 6006, protocol: "TCP" },
      { name: "grpc", containerPort: 4317, protocol: "TCP" },
    ]);
    const { startupProbe, readinessProbe, livenessProbe } = container;
    expect([startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet)).to.deep.equal([
      { path: "/healthz", port: "http" },
      { path: "/readyz", port: "http" },
      { path: "/healthz", port: "http" },
    ]);
    expect(container.volumeMounts).to.deep.equal([{ name: "tmp", mountPath: "/tmp" }]);
    expect(owner.kind).to.equal("StatefulSet");
    expect((owner.pod["securityContext"] as { runAsUser: number }).runAsUser).to.equal(65532);
  });

  it("opens the port of its metrics where they are wanted, to no Service", async () => {
    const measured = await recordPhoenix({ metrics: true });
    expect(onlyPods(measured).container.ports).to.deep.include({
      name: "metrics",
      containerPort: 9090,
      protocol: "TCP",
    });
    expect(variables(measured)).to.include({ PHOENIX_ENABLE_PROMETHEUS: "true" });
    const { ports } = find(measured, "kubernetes:core/v1:Service", "phoenix-server-service").inputs[
      "spec"
    ] as { ports: { name: string }[] };
    expect(ports.map(({ name }) => name)).to.deep.equal(["http", "grpc"]);
  });

  it("trusts only the address in the browser, and sends cookies only over TLS", async () => {
    const shown = variables(
      await recordPhoenix({ publicUrl: "https://traces.example.org", exposure: NODE_PORT }),
    );
    expect(shown).to.include({
      PHOENIX_CSRF_TRUSTED_ORIGINS: "https://traces.example.org",
      PHOENIX_ROOT_URL: "https://traces.example.org",
      PHOENIX_USE_SECURE_COOKIES: "true",
    });
  });

  it("protects its connection to the database as configured", async () => {
    const verified = await recordPhoenix({ database: { ...ARGS.database, sslMode: "verify-full" } });
    expect(variables(verified)).to.include({
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/etc/ssl/certs/ca-certificates.crt",
    });
  });

  it("makes secrets that Phoenix takes: 32 characters, a digit, a small letter, and two different ones", () => {
    const values = ["secret", "system-key"].map((which) => {
      const { inputs } = find(recording, SECRET, `phoenix-${which}-tracing`);
      return (reveal(inputs["stringData"]) as { key: string }).key;
    });
    expect(values).to.deep.equal([
      `px1${mockPassword("phoenix-secret-value", 48)}`,
      `px1${mockPassword("phoenix-system-key-value", 48)}`,
    ]);
    // phoenix/auth.py: REQUIREMENTS_FOR_PHOENIX_SECRET. The prefix satisfies them except for the length.
    expect("px1").to.match(/\d/).and.to.match(/[a-z]/);
  });

  it("hands each consumer the system key in its own namespace, and the way there", () => {
    const endpoint = {
      namespace: "tracing",
      podLabels: { "app.kubernetes.io/name": "phoenix", "app.kubernetes.io/component": "server" },
      ports: { http: 6006 },
    };
    const connection = (consumer: string, projectName: string) => ({
      url: "http://phoenix.tracing.svc.cluster.local:6006/v1/traces",
      projectName,
      secret: refOf(recording, `phoenix-system-key-${consumer}`, "key"),
      endpoint,
    });
    expect(recording.outputs["connections"]).to.deep.equal({
      litellm: connection("gateway", "gateway"),
      collector: connection("agents", "agents"),
    });
    const key = (namespace: string) =>
      reveal(find(recording, SECRET, `phoenix-system-key-${namespace}`).inputs["stringData"]);
    expect(key("gateway")).to.deep.equal(key("tracing"));
  });

  it("keeps the system key from consumers that have a key of their own", async () => {
    const apart = await record(() => {
      const secrets = { tracesKey: fromConfig("created-in-phoenix") };
      return outputsOf(new Phoenix("phoenix", { ...ARGS, secrets }));
    });
    const names = apart.resources.filter(({ type }) => type === SECRET).map(({ name }) => name);
    expect(names.filter((name) => name.includes("system-key"))).to.deep.equal(["phoenix-system-key-tracing"]);
    for (const [consumer, namespace] of [
      ["litellm", "gateway"],
      ["collector", "agents"],
    ] as const) {
      const name = `phoenix-traces-key-${namespace}`;
      expect(reveal(find(apart, SECRET, name).inputs["stringData"])).to.deep.equal({
        key: "created-in-phoenix",
      });
      expect((apart.outputs["connections"] as Record<string, object>)[consumer]).to.deep.include({
        secret: refOf(apart, name, "key"),
      });
    }
  });

  it("hands operators the address, the first password and the system key", () => {
    const address = {
      host: "phoenix.tracing.svc.cluster.local",
      port: 6006,
      url: "http://phoenix.tracing.svc.cluster.local:6006",
    };
    const { endpoint: adminEndpoint, ...admin } = recording.outputs["admin"] as Record<string, unknown>;
    expect(adminEndpoint).to.deep.equal(phoenixEndpoints("tracing").server);
    expect(admin).to.deep.equal({
      ...address,
      secret: refOf(recording, "phoenix-admin-password-tracing", "password"),
    });
    expect(recording.outputs["api"]).to.deep.include({
      ...address,
      secret: refOf(recording, "phoenix-system-key-tracing", "key"),
    });
  });

  it("never changes its secret, and protects it when it has to: nothing else", async () => {
    const { resources } = await recordPhoenix({ retain: true });
    expect(resources.filter(({ protect }) => protect).map(({ name }) => name)).to.have.members([
      "phoenix-secret-value",
      "phoenix-secret-first",
      "phoenix-secret-tracing",
    ]);
    expect(
      resources.filter(({ ignoreChanges }) => ignoreChanges.length > 0).map(({ name }) => name),
    ).to.have.members(["phoenix-secret-value", "phoenix-admin-password-value"]);
    expect(recording.resources.filter(({ protect }) => protect)).to.deep.equal([]);
  });

  it("uses the configured sources of secrets, without a prefix", async () => {
    const given = await record(() => {
      const secrets = { systemKey: fromConfig("given-key-1"), secret: fromConfig("given-secret-1") };
      return outputsOf(new Phoenix("phoenix", { ...ARGS, secrets }));
    });
    const secretOf = (name: string) => reveal(find(given, SECRET, name).inputs["stringData"]);
    expect(secretOf("phoenix-system-key-gateway")).to.deep.equal({ key: "given-key-1" });
    expect(secretOf("phoenix-secret-tracing")).to.deep.equal({ key: "given-secret-1" });
    const theirs = await recordPhoenix({
      secrets: { adminPassword: { kind: "existing", name: "theirs", key: "k" } },
    });
    expect(variables(theirs)).to.deep.include({
      PHOENIX_DEFAULT_ADMIN_INITIAL_PASSWORD: { name: "theirs", key: "k" },
    });
  });

  it("has no secret value outside its Secrets", () => {
    const values = ["secret", "system-key", "admin-password"].map((which) =>
      mockPassword(`phoenix-${which}-value`, 48),
    );
    for (const { inputs } of recording.resources) {
      for (const { text } of plainTextsIn(inputs)) {
        for (const value of values) expect(text).not.to.include(value);
      }
    }
  });

  it("restarts for a new system key", async () => {
    const rotated = await recordPhoenix({}, { passwords: { "phoenix-system-key-value": "another" } });
    expect(onlyPods(rotated).owner.pod).to.not.deep.equal(onlyPods(recording).owner.pod);
    expect(onlyPods(await recordPhoenix()).owner.pod).to.deep.equal(onlyPods(recording).owner.pod);
  });

  it("registers nothing when its arguments do not fit", async () => {
    const { errors, registered } = await refusal(() => {
      new Phoenix("phoenix", {
        ...ARGS,
        retentionDays: -1,
        exposure: NODE_PORT,
        consumers: { a: { namespace: "a", projectName: " " } },
      });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      { propertyPath: "retentionDays", reason: "must be a whole number, at least 0" },
      {
        propertyPath: "publicUrl",
        reason: "is required with an exposure (nodePort): requests with any other address are rejected",
      },
      { propertyPath: 'consumers["a"].projectName', reason: "must not be empty" },
    ]);
  });
});
