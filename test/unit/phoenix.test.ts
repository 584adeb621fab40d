import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { imageReference, IMAGES, parseImage } from "../../components/images.ts";
import { libpqTls } from "../../components/libpq-tls.ts";
import type { Edge } from "../../components/network/endpoint.ts";
import { describeEdge } from "../../components/network/index.ts";
import type { PhoenixArgs } from "../../components/phoenix/args.ts";
import { phoenixEndpoints } from "../../components/phoenix/endpoints.ts";
import { Phoenix } from "../../components/phoenix/index.ts";
import { validatePhoenixArgs } from "../../components/phoenix/validate-args.ts";
import {
  buildTracing,
  type TracingConfigPart,
  tracingEdges,
  tracingProblems,
  tracingSchema,
} from "../../stacks/features/tracing.ts";
import { find, inventory, mockPassword, record, type Recording, type RecordOptions } from "../harness.ts";
import { type Container, podOwners } from "../kubernetes.ts";
import { plainTextsIn, reveal } from "../secrets.ts";
import { DATABASE, fromConfig } from "./litellm-fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";
const NODE_PORT = { kind: "nodePort", nodePort: 30060, sources: ["192.168.1.0/24"] } as const;
const ARGS: PhoenixArgs = {
  namespace: "tracing",
  image: IMAGES.phoenix,
  database: {
    ...DATABASE,
    url: "postgresql://phoenix@postgres.data.svc.cluster.local:5432/phoenix",
    database: "phoenix",
    role: "phoenix",
  },
  consumers: {
    litellm: { namespace: "gateway", projectName: "gateway" },
    collector: { namespace: "agents", projectName: "agents" },
  },
};

const outputsOf = ({ admin, api, connections }: Phoenix) => ({ admin, api, connections });
const recordPhoenix = (args: Partial<PhoenixArgs> = {}, options: RecordOptions = {}) =>
  record(() => outputsOf(new Phoenix("phoenix", { ...ARGS, ...args })), options);

function server(recording: Recording) {
  const [owner, ...others] = podOwners(recording);
  const container: Container | undefined = owner?.pod.containers[0];
  if (owner === undefined || container === undefined || others.length > 0) throw new Error("not one server");
  return { owner, container };
}

const variables = (recording: Recording) =>
  Object.fromEntries(
    (server(recording).container.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      value ?? valueFrom?.secretKeyRef,
    ]),
  );

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

  it("tells the server this, and nothing else", () =>
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

  it("serves HTTP and gRPC, asks the database before it is ready, and writes to /tmp alone", () => {
    const { owner, container } = server(recording);
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
    expect(server(measured).container.ports).to.deep.include({
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

  it("trusts the address in the browser alone, and keeps cookies to TLS", async () => {
    const shown = variables(
      await recordPhoenix({ publicUrl: "https://traces.example.org", exposure: NODE_PORT }),
    );
    expect(shown).to.include({
      PHOENIX_CSRF_TRUSTED_ORIGINS: "https://traces.example.org",
      PHOENIX_ROOT_URL: "https://traces.example.org",
      PHOENIX_USE_SECURE_COOKIES: "true",
    });
  });

  it("protects its connection to the database as it is told", async () => {
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
    // phoenix/auth.py: REQUIREMENTS_FOR_PHOENIX_SECRET. The prefix alone keeps them but for the length.
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

  it("takes secrets from where it is told, whole", async () => {
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
    expect(server(rotated).owner.pod).to.not.deep.equal(server(recording).owner.pod);
    expect(server(await recordPhoenix()).owner.pod).to.deep.equal(server(recording).owner.pod);
  });

  it("registers nothing when its arguments do not fit", async () => {
    let error: unknown;
    const nothing = await record(() => {
      try {
        new Phoenix("phoenix", {
          ...ARGS,
          retentionDays: -1,
          exposure: NODE_PORT,
          consumers: { a: { namespace: "a", projectName: " " } },
        });
      } catch (reason) {
        error = reason;
      }
    });
    expect(nothing.resources).to.deep.equal([]);
    expect(pulumi.InputPropertiesError.isInstance(error)).to.equal(true);
    expect((error as { errors?: unknown }).errors).to.deep.equal([
      { propertyPath: "retentionDays", reason: "must be a whole number, at least 0" },
      {
        propertyPath: "publicUrl",
        reason: "is needed with an exposure (nodePort): requests from any other address are refused",
      },
      { propertyPath: 'consumers["a"].projectName', reason: "must not be empty" },
    ]);
  });
});

describe("validatePhoenixArgs", () => {
  const problems = (args: Partial<PhoenixArgs>) => validatePhoenixArgs({ ...ARGS, ...args });
  it("finds nothing where all fits", () =>
    expect(
      problems({ retentionDays: 30, publicUrl: "http://10.0.0.1:30060", exposure: NODE_PORT }),
    ).to.deep.equal([]));
  for (const publicUrl of [
    "traces.example.org",
    "https://a.example.org/",
    "https://a.example.org/x",
    "ftp://a.example.org",
    "https://a.example.org,https://b.example.org",
    "https://A.example.org",
  ]) {
    it(`refuses the address ${publicUrl}`, () =>
      expect(problems({ publicUrl })).to.deep.equal([
        { propertyPath: "publicUrl", reason: "must be like https://traces.example.org, without a path" },
      ]));
  }
  for (const retentionDays of [-1, 0.5, NaN]) {
    it(`refuses ${retentionDays} days`, () =>
      expect(problems({ retentionDays }).map(({ propertyPath }) => propertyPath)).to.deep.equal([
        "retentionDays",
      ]));
  }
});

describe("the image of Phoenix", () => {
  it("is one that a configuration could name, too", () =>
    expect(parseImage(imageReference(IMAGES.phoenix))).to.deep.equal(IMAGES.phoenix));
  it("runs as another user than root", () => expect(IMAGES.phoenix.tag).to.match(/-nonroot$/));
  for (const tag of ["version-20", "version-latest", "version-"]) {
    it(`is not ${tag}`, () =>
      expect(parseImage(`docker.io/arizephoenix/phoenix:${tag}`)).to.equal(undefined));
  }
});

describe("libpqTls", () => {
  it("says it even where there is no TLS", () => expect(libpqTls()).to.deep.equal({ PGSSLMODE: "disable" }));
  it("checks no certificate where none is asked", () =>
    expect(libpqTls("require")).to.deep.equal({ PGSSLMODE: "require" }));
});

describe("the feature tracing", () => {
  const tracing = tracingSchema.parse({});
  const problems = (section: unknown, features: Partial<TracingConfigPart["features"]> = {}) =>
    tracingProblems({ features: { postgres: true, ...features }, tracing: tracingSchema.parse(section) });

  it("has these defaults", () =>
    expect(tracing).to.deep.equal({
      retentionDays: 30,
      gatewayProject: "gateway",
      metrics: false,
      replicas: 1,
      exposure: { kind: "none", sourceRanges: [], openToAll: false },
    }));

  it("finds nothing wrong with them", () => expect(problems({})).to.deep.equal([]));

  for (const section of [{ retentionDays: -1 }, { gatewayProject: " " }, { replicas: 0 }, { retention: 1 }]) {
    it(`refuses ${JSON.stringify(section)}`, () =>
      expect(tracingSchema.safeParse(section).success).to.equal(false));
  }

  it("needs PostgreSQL", () =>
    expect(problems({}, { postgres: false })).to.deep.equal([
      {
        path: ["features", "postgres"],
        value: false,
        reason: "Phoenix keeps its traces in PostgreSQL (features.tracing is on)",
        fix:
          "pulumi config set --path 'llm-platform:features.postgres' true  " +
          "(or: pulumi config set --path 'llm-platform:features.tracing' false)",
      },
    ]));

  it("needs the address where the exposure says none", () =>
    expect(problems({ exposure: { kind: "nodePort", nodePort: 30060, openToAll: true } })).to.deep.equal([
      {
        path: ["tracing", "publicUrl"],
        reason:
          "is required with an exposure of the kind nodePort: requests from any other address are refused",
        fix: "pulumi config set --path 'llm-platform:tracing.publicUrl' https://llm.example.org",
      },
    ]));

  const ingress = { kind: "ingress", host: "traces.example.org", ingressClass: "nginx", tlsSecret: "tls" };
  it("refuses an address that is not the exposure's", () =>
    expect(problems({ publicUrl: "https://other.example.org", exposure: ingress })).to.deep.equal([
      {
        path: ["tracing", "publicUrl"],
        value: "https://other.example.org",
        reason: "is not the address of the exposure, https://traces.example.org",
        fix: "pulumi config rm --path 'llm-platform:tracing.publicUrl'",
      },
    ]));

  it("builds Phoenix with the address of its exposure", async () => {
    const built = await record(() =>
      outputsOf(
        buildTracing(
          tracingSchema.parse({ exposure: ingress, retentionDays: 7 }),
          { ...ARGS, exposure: { kind: "none" }, retain: false },
          {},
        ),
      ),
    );
    expect(variables(built)).to.include({
      PHOENIX_ROOT_URL: "https://traces.example.org",
      PHOENIX_DEFAULT_RETENTION_POLICY_DAYS: "7",
    });
  });

  it("has these edges", () => {
    const edges: Edge[] = tracingEdges("tracing", {
      database: DATABASE.endpoint,
      exposure: { ...NODE_PORT, nodePort: 30060 },
    });
    expect(edges.map(describeEdge)).to.deep.equal([
      "tracing/phoenix-server -> data/postgres-server:postgres",
      "outside 192.168.1.0/24 -> tracing/phoenix-server:http",
    ]);
    expect(tracingEdges("tracing", { database: undefined, exposure: { kind: "none" } })).to.deep.equal([]);
  });
});
