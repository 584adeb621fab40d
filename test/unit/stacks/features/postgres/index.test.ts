import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import { workloadLabels } from "../../../../../components/core/labels.ts";
import { describeEdge } from "../../../../../components/core/network/index.ts";
import { postgresProblems } from "../../../../../stacks/features/postgres/rules.ts";
import { type PostgresConfig, postgresSchema } from "../../../../../stacks/features/postgres/schema.ts";
import {
  buildPostgres,
  type DatabaseUsers,
  postgresAddress,
} from "../../../../../stacks/features/postgres/build.ts";
import { postgres } from "../../../../../stacks/features/postgres/index.ts";
import { find, ofType, record, shown } from "../../../../harness.ts";
import { platformConfig } from "../../../../program.ts";
import { podOwners } from "../../../../kubernetes.ts";

const USERS: DatabaseUsers = {
  litellm: {
    namespace: "gateway",
    callers: [{ namespace: "gateway", podLabels: workloadLabels("litellm", "server"), ports: {} }],
  },
  openwebui: {
    namespace: "chat",
    extensions: ["vector"],
    callers: [{ namespace: "chat", podLabels: workloadLabels("open-webui", "server"), ports: {} }],
  },
};

const SINGLE = postgresSchema.parse({});
const CLUSTER = postgresSchema.parse({
  mode: "cloudnativepg",
  cluster: { apiServer: { cidrs: ["10.0.0.1/32"] } },
});
const EXTERNAL = postgresSchema.parse({
  mode: "external",
  external: {
    host: "pg.example.org",
    cidrs: ["10.1.0.5/32"],
    databases: ["litellm", "openwebui"].map((consumer) => ({
      consumer,
      database: `${consumer}-db`,
      role: consumer,
      secret: { name: `${consumer}-database` },
    })),
  },
});

function build(config: PostgresConfig, users = USERS, retain = false) {
  return record(() => {
    const { connections } = buildPostgres(
      config,
      { namespace: "data", imageOf: (name) => IMAGES[name], users, retain },
      {},
    );
    return { connections };
  });
}

describe("the feature postgres", () => {
  it("has these defaults", () =>
    expect(SINGLE).to.deep.equal({
      mode: "single",
      storageGi: 10,
      maxConnections: 200,
      rolesRun: 0,
      cluster: {
        instances: 3,
        podMonitor: false,
        apiServer: { cidrs: [], port: 6443 },
        operator: {
          install: true,
          namespace: "cnpg-system",
          namespaceExists: false,
          chart: "cloudnative-pg",
          version: "0.29.0",
          repository: "https://cloudnative-pg.github.io/charts",
        },
      },
      external: { port: 5432, cidrs: [], sslMode: "verify-full", databases: [] },
    }));

  const REFUSED: Record<string, object> = {
    mode: { mode: "ha" },
    "unknown key": { cluster: { replicas: 3 } },
    instances: { cluster: { instances: 0 } },
    cidr: { cluster: { apiServer: { cidrs: ["10.0.0.1"] } } },
    port: { external: { port: 70000 } },
    sslMode: { external: { sslMode: "prefer" } },
    version: { cluster: { operator: { version: "latest" } } },
    repository: { cluster: { operator: { repository: "charts" } } },
    "operator namespace": { cluster: { operator: { namespace: "CNPG" } } },
    storageClass: { storageClass: "Fast!" },
    rolesRun: { rolesRun: -1 },
    database: { external: { databases: [{ consumer: "litellm" }] } },
  };
  for (const [what, section] of Object.entries(REFUSED)) {
    it(`refuses a wrong ${what}`, () => expect(postgresSchema.safeParse(section).success).to.equal(false));
  }

  it("hands over connections of one form in every mode", async () => {
    for (const config of [SINGLE, CLUSTER, EXTERNAL]) {
      const { outputs } = await build(config);
      const connections = outputs["connections"] as Record<string, object>;
      expect(Object.keys(connections), config.mode).to.have.members(["litellm", "openwebui"]);
      for (const connection of Object.values(connections)) {
        expect(connection, config.mode).to.include.all.keys(
          ...["host", "port", "url", "database", "role", "sslMode", "secret"],
        );
      }
      const [first] = Object.values(connections) as { host: string; port: number }[];
      expect(`${first?.host ?? ""}:${String(first?.port)}`, config.mode).to.equal(
        postgresAddress(config, "data"),
      );
    }
  });

  const planned = (config: PostgresConfig) => postgres.plan({ ...platformConfig("dev"), postgres: config });

  it("makes namespaces where its pods are, and no others", () => {
    const namespaces = (config: PostgresConfig) =>
      Object.values(planned(config).namespaces ?? {}).map(({ namespace }) => namespace);
    const foreign = postgresSchema.parse({
      mode: "cloudnativepg",
      cluster: { operator: { install: false } },
    });
    expect(namespaces(SINGLE)).to.deep.equal(["llm-data"]);
    expect(namespaces(CLUSTER)).to.deep.equal(["llm-data", "cnpg-system"]);
    expect(namespaces(foreign)).to.deep.equal(["llm-data"]);
    const existing = postgresSchema.parse({
      mode: "cloudnativepg",
      cluster: { operator: { namespace: "operators", namespaceExists: true } },
    });
    expect(namespaces(existing)).to.deep.equal(["llm-data"]);
    expect(namespaces(EXTERNAL)).to.deep.equal([]);
  });

  it("has these edges besides those of its users", () => {
    const edges = (config: PostgresConfig) => planned(config).edges?.map(describeEdge) ?? [];
    expect(edges(SINGLE)).to.deep.equal(["llm-data/postgres-roles -> llm-data/postgres-server:postgres"]);
    expect(edges(CLUSTER)).to.have.members([
      "cnpg-system/cloudnative-pg-operator -> llm-data/postgresql-database:postgres,status",
      "llm-data/postgresql-database -> llm-data/postgresql-database:postgres,status",
      "outside 10.0.0.1/32 -> cnpg-system/cloudnative-pg-operator:webhook",
    ]);
    expect(edges(EXTERNAL)).to.deep.equal([]);
  });

  it("uses the image with pgvector for a single server only if a consumer needs it", async () => {
    const { litellm } = USERS;
    const images = async (users: DatabaseUsers) =>
      podOwners(await build(SINGLE, users)).map(({ pod }) => pod.containers[0]?.image);
    const vector = "docker.io/pgvector/pgvector:0.8.6-pg18-trixie";
    const plain = "docker.io/library/postgres:18.6";
    expect(await images(USERS)).to.deep.equal([vector, vector]);
    expect(await images(litellm === undefined ? {} : { litellm })).to.deep.equal([plain, plain]);
  });

  it("installs the operator before the Cluster, twice where data is kept, or not at all", async () => {
    const release = "kubernetes:helm.sh/v3:Release";
    const dev = await build(CLUSTER);
    expect(find(dev, release, "postgres-operator-release").inputs["values"]).to.have.property(
      "replicaCount",
      1,
    );
    const cluster = find(dev, "kubernetes:postgresql.cnpg.io/v1:Cluster", "postgres-cluster");
    expect(shown(cluster)).to.have.nested.property("spec.instances", 3);

    const prod = find(await build(CLUSTER, USERS, true), release, "postgres-operator-release");
    expect(prod.inputs["values"]).to.have.property("replicaCount", 2);
    expect(prod.protect).to.equal(true);

    const operator = { ...CLUSTER.cluster.operator, install: false };
    const foreign = await build({ ...CLUSTER, cluster: { ...CLUSTER.cluster, operator } });
    expect(ofType(foreign, release)).to.deep.equal([]);
  });

  for (const [chart, hasRepository] of [
    ["cloudnative-pg", true],
    ["oci://registry.example.org/charts/cloudnative-pg", false],
    ["./charts/cloudnative-pg", false],
  ] as const) {
    it(`takes the operator's chart from ${chart}`, async () => {
      const operator = { ...CLUSTER.cluster.operator, chart };
      const recording = await build({ ...CLUSTER, cluster: { ...CLUSTER.cluster, operator } });
      const { inputs } = find(recording, "kubernetes:helm.sh/v3:Release", "postgres-operator-release");
      expect(inputs["chart"]).to.equal(chart);
      expect("repositoryOpts" in inputs).to.equal(hasRepository);
    });
  }

  it("ignores databases that no feature uses", async () => {
    const { outputs } = await build(EXTERNAL, {});
    expect(outputs["connections"]).to.deep.equal({});
  });
});

describe("postgresProblems", () => {
  const problems = (
    postgres: PostgresConfig,
    profile: "dev" | "prod" = "prod",
    users: Record<string, { connections: number }> = { litellm: { connections: 30 } },
  ) =>
    postgresProblems({ profile, postgres }, users).map(({ path, reason, fix }) => ({
      path: path.join("."),
      reason,
      fix,
    }));

  it("finds nothing where all fits", () => {
    for (const config of [SINGLE, CLUSTER, EXTERNAL]) expect(problems(config), config.mode).to.deep.equal([]);
  });

  it("wants a connection of the server for each that the pods of all users may open", () => {
    const users = { litellm: { connections: 410 }, phoenix: { connections: 30 } };
    for (const config of [SINGLE, CLUSTER])
      expect(problems(config, "prod", users), config.mode).to.deep.equal([
        {
          path: "postgres.maxConnections",
          reason:
            "the pods of all consumers may open 450 connections: litellm 410, phoenix 30, and 10 for the superuser",
          fix: "pulumi config set --path 'llm-platform:postgres.maxConnections' 450",
        },
      ]);
    expect(problems({ ...SINGLE, maxConnections: 450 }, "prod", users)).to.deep.equal([]);
    expect(problems(EXTERNAL, "prod", { litellm: { connections: 999 } })).to.deep.equal([]);
  });

  it("wants the API server's addresses for CloudNativePG", () =>
    expect(problems(postgresSchema.parse({ mode: "cloudnativepg" }))).to.deep.equal([
      {
        path: "postgres.cluster.apiServer.cidrs",
        reason:
          "CloudNativePG's pods call the Kubernetes API, and a network policy needs its addresses (`kubectl get endpointslices -n default` shows them)",
        fix: "pulumi config set --path 'llm-platform:postgres.cluster.apiServer.cidrs[0]' 10.0.0.1/32",
      },
    ]));

  it("wants host, addresses and a database for each user of an external server", () => {
    const set = (path: string, value: string) =>
      `pulumi config set --path 'llm-platform:postgres.external.${path}' ${value}`;
    expect(problems(postgresSchema.parse({ mode: "external" }))).to.deep.equal([
      {
        path: "postgres.external.host",
        reason: "is required because postgres.mode is external",
        fix: set("host", "pg.example.org"),
      },
      {
        path: "postgres.external.cidrs",
        reason: "network policies need addresses because they cannot contain host names",
        fix: set("cidrs[0]", "10.0.0.5/32"),
      },
      {
        path: "postgres.external.databases",
        reason: "litellm stores its data in PostgreSQL, and the external server has no database for it",
        fix: [
          set("databases[0].consumer", "litellm"),
          set("databases[0].database", "litellm"),
          set("databases[0].role", "litellm"),
          set("databases[0].secret.name", "litellm-database"),
        ].join(" && "),
      },
    ]);
  });

  it("rejects an unencrypted connection to an external server only in prod", () => {
    const open = { ...EXTERNAL, external: { ...EXTERNAL.external, sslMode: "disable" as const } };
    expect(problems(open)).to.deep.equal([
      {
        path: "postgres.external.sslMode",
        reason: "in prod, connections to a database outside the cluster are encrypted",
        fix: "pulumi config set --path 'llm-platform:postgres.external.sslMode' verify-full",
      },
    ]);
    expect(problems(open, "dev")).to.deep.equal([]);
  });

  it("refuses a consumer twice, and a database for two", () => {
    const [first] = EXTERNAL.external.databases;
    const databases = first === undefined ? [] : [first, first];
    expect(
      problems({ ...EXTERNAL, external: { ...EXTERNAL.external, databases } }).map(({ path, reason }) => [
        path,
        reason,
      ]),
    ).to.deep.equal([
      ["postgres.external.databases.1.consumer", "one consumer has one database"],
      [
        "postgres.external.databases.1.database",
        "two consumers in one database could read and break each other's data",
      ],
    ]);
  });
});
