import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import type { PostgresClusterArgs } from "../../../../../components/postgres/cnpg/args.ts";
import { renderSettings } from "../../../../../components/postgres/render-settings.ts";
import { PostgresCluster } from "../../../../../components/postgres/cnpg/index.ts";
import {
  find,
  inventory,
  mockPassword,
  record,
  type RecordOptions,
  type Recording,
  shown,
} from "../../../../harness.ts";
import { comesAfter } from "../../../../invariants/lifecycle.ts";
import { objects } from "../../../../kubernetes.ts";
import { refusal } from "../../../../refusal.ts";
import { isSecret, reveal } from "../../../../secrets.ts";
import { API_SERVER, POLICY } from "./fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster";
const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";

const ARGS: PostgresClusterArgs = {
  namespace: "data",
  image: IMAGES.postgresCluster,
  consumers: {
    litellm: { namespace: "gateway", connections: 20 },
    open_webui: { namespace: "chat", extensions: ["vector"] },
  },
  instances: 3,
  storageGi: 5,
  apiServer: API_SERVER,
};

const recordCluster = (args: Partial<PostgresClusterArgs> = {}, options: RecordOptions = {}) =>
  record(() => {
    const { connections } = new PostgresCluster("postgres", { ...ARGS, ...args });
    return { connections };
  }, options);

interface ClusterSpec {
  readonly [field: string]: unknown;
  readonly managed: { readonly roles: readonly { name: string; passwordSecret?: { name: string } }[] };
}

const specOf = (recording: Recording) =>
  (shown(find(recording, CLUSTER, "postgres-cluster")) as { spec: ClusterSpec }).spec;

describe("PostgresCluster", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordCluster();
  });

  it("makes these resources", () =>
    expect(inventory(recording)).to.deep.equal([
      `${SECRET} postgres-litellm-gateway`,
      `${SECRET} postgres-litellm-role`,
      `${SECRET} postgres-open-webui-chat`,
      `${SECRET} postgres-open-webui-role`,
      `${POLICY} postgres-api-server`,
      `${CLUSTER} postgres-cluster`,
      `${DATABASE} postgres-litellm-database`,
      `${DATABASE} postgres-open-webui-database`,
      "llm-platform:data:PostgresCluster postgres",
      "llm-platform:foundation:Credential postgres-litellm",
      "llm-platform:foundation:Credential postgres-open-webui",
      "random:index/randomPassword:RandomPassword postgres-litellm-value",
      "random:index/randomPassword:RandomPassword postgres-open-webui-value",
    ]));

  it("makes this Cluster", () => {
    const { metadata, spec } = shown(find(recording, CLUSTER, "postgres-cluster")) as {
      metadata: unknown;
      spec: ClusterSpec;
    };
    expect(metadata).to.deep.equal({
      name: "postgres",
      namespace: "data",
      labels: {
        "app.kubernetes.io/name": "postgres",
        "app.kubernetes.io/component": "server",
        "app.kubernetes.io/part-of": "llm-platform",
        "app.kubernetes.io/managed-by": "pulumi",
      },
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    });
    const { managed, ...rest } = spec;
    expect(rest).to.deep.equal({
      instances: 3,
      imageName: "ghcr.io/cloudnative-pg/postgresql:18.6-standard-trixie",
      inheritedMetadata: { labels: { "app.kubernetes.io/part-of": "llm-platform" } },
      enableSuperuserAccess: false,
      enablePDB: true,
      bootstrap: { initdb: { database: "app", owner: "app", encoding: "UTF8", dataChecksums: true } },
      storage: { size: "5Gi" },
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
      postgresql: {
        parameters: renderSettings({ storageGi: ARGS.storageGi }),
        pg_hba: ["hostssl sameuser all all scram-sha-256", "host all all all reject"],
        synchronous: { method: "any", number: 1, dataDurability: "preferred" },
      },
    });
    const consumer = (name: string, secret: string) => ({
      name,
      ensure: "present",
      login: true,
      superuser: false,
      createdb: false,
      createrole: false,
      replication: false,
      bypassrls: false,
      inherit: true,
      connectionLimit: name === "litellm" ? 20 : 30,
      passwordSecret: { name: nameOf(secret) },
    });
    expect(managed).to.deep.equal({
      roles: [
        consumer("litellm", "postgres-litellm-role"),
        consumer("open_webui", "postgres-open-webui-role"),
        { name: "app", ensure: "present", login: false, inherit: true, connectionLimit: -1 },
      ],
    });
  });

  const nameOf = (secret: string, of = recording) => find(of, SECRET, secret).id.split("/")[1] ?? "";

  it("has no standby to wait for, and no budget, with one instance", async () => {
    const alone = specOf(await recordCluster({ instances: 1 }));
    expect(alone["enablePDB"]).to.equal(false);
    expect(alone["postgresql"]).to.have.all.keys("parameters", "pg_hba");
  });

  it("takes a storage class and plugins", async () => {
    const plugins = [{ name: "p", isWALArchiver: true, parameters: { barmanObjectName: "store" } }];
    const spec = specOf(await recordCluster({ storageClass: "fast", plugins }));
    expect(spec["storage"]).to.deep.equal({ size: "5Gi", storageClass: "fast" });
    expect(spec["plugins"]).to.deep.equal(plugins);
  });

  it("makes a database for each consumer, after the Cluster, and keeps it whatever becomes of the object", () => {
    const database = find(recording, DATABASE, "postgres-open-webui-database");
    expect(shown(database)).to.deep.include({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Database",
      spec: {
        cluster: { name: "postgres" },
        name: "open_webui",
        owner: "open_webui",
        ensure: "present",
        databaseReclaimPolicy: "retain",
        extensions: [{ name: "vector", ensure: "present" }],
      },
    });
    expect((shown(database) as { metadata: { name: string; annotations: object } }).metadata).to.deep.include(
      {
        name: "postgres-open-webui",
        annotations: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
      },
    );
    expect([...comesAfter(recording, database)]).to.include(find(recording, CLUSTER, "postgres-cluster").urn);
    const plain = shown(find(recording, DATABASE, "postgres-litellm-database")) as { spec: object };
    expect(plain.spec).to.not.have.property("extensions");
  });

  it("gives the operator name and password of a role, and the consumer the password", () => {
    const role = find(recording, SECRET, "postgres-litellm-role");
    const password = mockPassword("postgres-litellm-value", 48);
    expect(role.inputs).to.deep.include({ type: "kubernetes.io/basic-auth", immutable: true });
    expect((shown(role) as { metadata: object }).metadata).to.deep.equal({
      namespace: "data",
      labels: {
        "app.kubernetes.io/name": "postgres",
        "app.kubernetes.io/part-of": "llm-platform",
        "app.kubernetes.io/managed-by": "pulumi",
        "cnpg.io/reload": "true",
      },
    });
    const data = role.inputs["stringData"] as Record<string, unknown>;
    expect(reveal(data)).to.deep.equal({ username: "litellm", password });
    expect(isSecret(data)).to.equal(true);
    expect(reveal(find(recording, SECRET, "postgres-litellm-gateway").inputs["stringData"])).to.deep.equal({
      password,
    });
  });

  it("hands over a connection a consumer, with TLS, its secret in the consumer's own namespace", () =>
    expect(recording.outputs["connections"]).to.deep.equal({
      litellm: connection("litellm", nameOf("postgres-litellm-gateway")),
      open_webui: connection("open_webui", nameOf("postgres-open-webui-chat")),
    }));

  const connection = (consumer: string, secretName: string) => ({
    host: "postgres-rw.data.svc.cluster.local",
    port: 5432,
    url: `postgresql://${consumer}@postgres-rw.data.svc.cluster.local:5432/${consumer}?sslmode=require`,
    database: consumer,
    role: consumer,
    sslMode: "require",
    secret: { name: secretName, key: "password" },
    endpoint: {
      namespace: "data",
      podLabels: { "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "database" },
      ports: { postgres: 5432 },
    },
    storageGi: 5,
  });

  it("opens the way to the API server for the instances, before they start", () => {
    const policy = find(recording, POLICY, "postgres-api-server");
    expect(shown(policy)).to.deep.include({
      spec: {
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "database" },
        },
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "10.0.0.1/32" } }, { ipBlock: { cidr: "10.0.0.2/32" } }],
            ports: [
              { protocol: "TCP", port: 443 },
              { protocol: "TCP", port: 6443 },
            ],
          },
        ],
      },
    });
    const cluster = find(recording, CLUSTER, "postgres-cluster");
    expect([...comesAfter(recording, cluster)]).to.include(policy.urn);
  });

  it("points the Cluster at a new Secret for a new password, and does not change other roles", async () => {
    const rotated = await recordCluster({}, { passwords: { "postgres-litellm-value": "another" } });
    const secrets = (of: Recording) =>
      specOf(of).managed.roles.map(({ passwordSecret }) => passwordSecret?.name);
    const [litellm, webui] = secrets(rotated);
    expect(litellm).to.equal(nameOf("postgres-litellm-role", rotated));
    expect(litellm).to.not.equal(secrets(recording)[0]);
    expect(webui).to.equal(secrets(recording)[1]);
  });

  it("takes a password from the configuration, and keeps it secret", async () => {
    const given = await record(() => {
      const password = { kind: "config", value: pulumi.output("given") } as const;
      new PostgresCluster("postgres", {
        ...ARGS,
        consumers: { litellm: { namespace: "gateway", password } },
      });
    });
    for (const name of ["postgres-litellm-role", "postgres-litellm-gateway"]) {
      const data = find(given, SECRET, name).inputs["stringData"];
      expect(isSecret(data), name).to.equal(true);
      expect(reveal(data), name).to.have.property("password", "given");
    }
    expect(given.resources.filter(({ type }) => type.startsWith("random:"))).to.deep.equal([]);
  });

  it("uses existing Secrets", async () => {
    const password = { kind: "existing", name: "kept", key: "password" } as const;
    const given = await recordCluster({ consumers: { litellm: { namespace: "gateway", password } } });
    expect(objects(given, "Secret")).to.deep.equal([]);
    expect(specOf(given).managed.roles[0]?.passwordSecret).to.deep.equal({ name: "kept" });
    expect(given.outputs["connections"]).to.have.nested.property("litellm.secret.name", "kept");
  });

  it("makes a PodMonitor when it is asked to", async () => {
    const monitored = await recordCluster({ podMonitor: true });
    const monitor = find(monitored, "kubernetes:monitoring.coreos.com/v1:PodMonitor", "postgres-pod-monitor");
    expect(shown(monitor)).to.have.deep.property("spec", {
      selector: { matchLabels: { "cnpg.io/cluster": "postgres", "cnpg.io/podRole": "instance" } },
      podMetricsEndpoints: [{ port: "metrics" }],
    });
  });

  it("protects and keeps the Cluster when it has to: its volumes would go with it", async () => {
    const { resources } = await recordCluster({ retain: true });
    const having = (option: "protect" | "retainOnDelete") =>
      resources.filter((resource) => resource[option]).map(({ name }) => name);
    expect(having("protect")).to.deep.equal(["postgres-cluster"]);
    expect(having("retainOnDelete")).to.deep.equal(["postgres-cluster"]);
    expect(recording.resources.some(({ protect, retainOnDelete }) => protect || retainOnDelete)).to.equal(
      false,
    );
  });

  it("registers nothing if its arguments are invalid, and reports every problem", async () => {
    const password = { kind: "existing", name: "kept", key: "pw" } as const;
    const { errors, registered } = await refusal(
      () =>
        new PostgresCluster("postgres", {
          ...ARGS,
          consumers: {
            "a-b": { namespace: "x" },
            app: { namespace: "x" },
            cnpg_x: { namespace: "x" },
            streaming_replica: { namespace: "x" },
            fine: { namespace: "x", password },
            vault: {
              namespace: "x",
              password: { kind: "onepassword-operator", vault: "v", item: "i", field: "credential" },
            },
          },
          instances: 0,
          storageGi: 0,
          apiServer: { cidrs: ["10.0.0.1", "0.0.0.0/0", "fd00::/129", "fd00::1/128"], port: 0 },
        }),
    );
    const cnpg = "is a name that CloudNativePG reserves";
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      {
        propertyPath: 'consumers["a-b"]',
        reason: "must match ^[a-z][a-z0-9_]{0,62}$: it names a role, a database and an environment variable",
      },
      { propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" },
      { propertyPath: "apiServer.cidrs[0]", reason: "must be a range of addresses (10.0.0.5/32)" },
      {
        propertyPath: "apiServer.cidrs[1]",
        reason: "must be a range of /8 or longer: 0.0.0.0/0 is every address",
      },
      { propertyPath: "apiServer.cidrs[2]", reason: "must be a range of addresses (10.0.0.5/32)" },
      { propertyPath: "apiServer.port", reason: "must be a port, 1 to 65535" },
      { propertyPath: 'consumers["app"]', reason: cnpg },
      { propertyPath: 'consumers["cnpg_x"]', reason: cnpg },
      { propertyPath: 'consumers["streaming_replica"]', reason: cnpg },
      ...[
        ["fine", "pw"],
        ["vault", "credential"],
      ].map(([consumer = "", key = ""]) => ({
        propertyPath: `consumers["${consumer}"].password`,
        reason: `has the key "${key}", and CloudNativePG reads only "username" and "password"`,
      })),
      { propertyPath: "instances", reason: "must be a whole number, at least 1" },
    ]);
  });
});
