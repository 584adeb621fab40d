import { expect } from "chai";
import { IMAGES } from "../../../../components/core/images.ts";
import type { PostgresArgs } from "../../../../components/postgres/args.ts";
import { Postgres } from "../../../../components/postgres/index.ts";
import { passwordVariable, renderRolesScript } from "../../../../components/postgres/render-roles.ts";
import { renderServerArguments, renderSettings } from "../../../../components/postgres/render-settings.ts";
import { validatePostgresArgs } from "../../../../components/postgres/validate-args.ts";
import { find, inventory, mockPassword, record, type RecordOptions, shown } from "../../../harness.ts";
import { comesAfter } from "../../../invariants/lifecycle.ts";
import { objects, onlyPods } from "../../../kubernetes.ts";
import type { Recording } from "../../../harness.ts";
import { refusal } from "../../../refusal.ts";
import { reveal } from "../../../secrets.ts";

const SECRET = "kubernetes:core/v1:Secret";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const ARGS: PostgresArgs = {
  namespace: "data",
  image: IMAGES.postgres,
  consumers: { litellm: { namespace: "gateway" }, phoenix: { namespace: "tracing" } },
  storageGi: 5,
};

const recordPostgres = (args: Partial<PostgresArgs> = {}, options: RecordOptions = {}) =>
  record(() => {
    const { connections } = new Postgres("postgres", { ...ARGS, ...args });
    return { connections };
  }, options);

const pods = (recording: Recording, kind: string) => onlyPods(recording, kind).owner;
const container = (recording: Recording, kind: string) => onlyPods(recording, kind).container;

describe("Postgres", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordPostgres();
  });

  it("makes these resources", () =>
    expect(inventory(recording)).to.deep.equal([
      "kubernetes:apps/v1:StatefulSet postgres-server-statefulset",
      "kubernetes:batch/v1:Job postgres-roles-job",
      "kubernetes:core/v1:ConfigMap postgres-roles",
      `${CLAIM} postgres-data`,
      `${SECRET} postgres-litellm-data`,
      `${SECRET} postgres-litellm-gateway`,
      `${SECRET} postgres-phoenix-data`,
      `${SECRET} postgres-phoenix-tracing`,
      `${SECRET} postgres-superuser-data`,
      "kubernetes:core/v1:Service postgres-server-service",
      "llm-platform:data:Postgres postgres",
      "llm-platform:foundation:Credential postgres-litellm",
      "llm-platform:foundation:Credential postgres-phoenix",
      "llm-platform:foundation:Credential postgres-superuser",
      "llm-platform:foundation:Job postgres-roles",
      "llm-platform:foundation:Workload postgres-server",
      "pulumi:index:Stash postgres-superuser-first",
      "random:index/randomPassword:RandomPassword postgres-litellm-value",
      "random:index/randomPassword:RandomPassword postgres-phoenix-value",
      "random:index/randomPassword:RandomPassword postgres-superuser-value",
    ]));

  it("keeps its data on a claim of the given size and class", async () => {
    const spec = (of: Recording) => (shown(find(of, CLAIM, "postgres-data")) as { spec: unknown }).spec;
    expect(spec(recording)).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "5Gi" } },
    });
    expect(spec(await recordPostgres({ storageClass: "fast" }))).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "5Gi" } },
      storageClassName: "fast",
    });
  });

  it("keeps its data below the root of the volume, where lost+found may be", () => {
    const server = container(recording, "StatefulSet");
    expect(server.env).to.deep.include({ name: "PGDATA", value: "/var/lib/postgresql/data" });
    expect(server.volumeMounts).to.deep.equal([
      { name: "tmp", mountPath: "/tmp" },
      { name: "var-lib-postgresql", mountPath: "/var/lib/postgresql" },
      { name: "var-run-postgresql", mountPath: "/var/run/postgresql" },
    ]);
  });

  it("asks itself over TCP, since the socket answers while the data folder is being made", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container(recording, "StatefulSet");
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
      expect(probe?.exec?.command).to.deep.equal(["pg_isready", "--host=127.0.0.1", "--username=postgres"]);
    }
  });

  it("limits the connections and the temporary files of its roles", () =>
    expect(container(recording, "StatefulSet")).to.have.deep.property("args", [
      "postgres",
      ...renderServerArguments({ storageGi: ARGS.storageGi }),
    ]));

  it("has time for its shutdown checkpoint", () =>
    expect(pods(recording, "StatefulSet").pod["terminationGracePeriodSeconds"]).to.equal(60));

  it("hands over a connection a consumer, its secret in the consumer's own namespace", () =>
    expect(recording.outputs["connections"]).to.deep.equal({
      litellm: connection("litellm", find(recording, SECRET, "postgres-litellm-gateway").id),
      phoenix: connection("phoenix", find(recording, SECRET, "postgres-phoenix-tracing").id),
    }));

  const connection = (consumer: string, secretId: string) => ({
    host: "postgres.data.svc.cluster.local",
    port: 5432,
    url: `postgresql://${consumer}@postgres.data.svc.cluster.local:5432/${consumer}`,
    database: consumer,
    role: consumer,
    sslMode: "disable",
    secret: { name: secretId.split("/")[1], key: "password" },
    endpoint: {
      namespace: "data",
      podLabels: { "app.kubernetes.io/name": "postgres", "app.kubernetes.io/component": "server" },
      ports: { postgres: 5432 },
    },
    storageGi: 5,
  });

  it("gives both Secrets of a consumer the same password, and neither that of the superuser", () => {
    const value = (name: string) => reveal(find(recording, SECRET, name).inputs["stringData"]);
    const password = { password: mockPassword("postgres-litellm-value", 48) };
    expect(value("postgres-litellm-data")).to.deep.equal(password);
    expect(value("postgres-litellm-gateway")).to.deep.equal(password);
    expect(value("postgres-superuser-data")).to.deep.equal({
      password: mockPassword("postgres-superuser-value", 48),
    });
  });

  it("keeps the superuser's password in its own namespace", () => {
    const places = objects(recording, "Secret").filter(({ name }) => name.startsWith("postgres-superuser"));
    expect(places.map(({ namespace }) => namespace)).to.deep.equal(["data"]);
  });

  it("gives the Job the superuser's password and each role's, the server only the superuser's", () => {
    const secretVariables = (kind: string) =>
      (container(recording, kind).env ?? [])
        .filter(({ valueFrom }) => valueFrom !== undefined)
        .map(({ name, valueFrom }) => [name, valueFrom?.secretKeyRef?.name.replace(/-[0-9a-f]{8}$/, "")]);
    expect(secretVariables("Job")).to.deep.equal([
      ["PASSWORD_LITELLM", "postgres-litellm-data"],
      ["PASSWORD_PHOENIX", "postgres-phoenix-data"],
      ["PGPASSWORD", "postgres-superuser-data"],
    ]);
    expect(secretVariables("StatefulSet")).to.deep.equal([["POSTGRES_PASSWORD", "postgres-superuser-data"]]);
  });

  it("runs the script over the network, after the server", () => {
    const job = find(recording, "kubernetes:batch/v1:Job", "postgres-roles-job");
    const server = find(recording, "kubernetes:apps/v1:StatefulSet", "postgres-server-statefulset");
    expect([...comesAfter(recording, job)]).to.include(server.urn);
    const { command, env } = container(recording, "Job");
    expect(command).to.deep.equal(["psql", "--no-psqlrc", "--quiet", "--file=/etc/postgres-roles/roles.sql"]);
    expect(env).to.deep.include({ name: "PGHOST", value: "postgres.data.svc.cluster.local" });
    expect(env).to.deep.include({ name: "PGUSER", value: "postgres" });
  });

  it("runs the script that is rendered", () =>
    expect(find(recording, "kubernetes:core/v1:ConfigMap", "postgres-roles").inputs["data"]).to.deep.equal({
      "roles.sql": renderRolesScript(["litellm", "phoenix"]),
    }));

  it("protects and keeps its data when it has to, and only that", async () => {
    const { resources } = await recordPostgres({ retain: true });
    const having = (option: "protect" | "retainOnDelete") =>
      resources.filter((resource) => resource[option]).map(({ name }) => name);
    // The password opens the data that stays: a new one would not.
    const kept = [
      "postgres-data",
      "postgres-superuser-value",
      "postgres-superuser-first",
      "postgres-superuser-data",
    ];
    expect(having("protect")).to.have.members(kept);
    expect(having("retainOnDelete")).to.have.members(kept);
    expect(
      recording.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete),
    ).to.deep.equal([]);
  });

  it("never makes the superuser's password again, but a role's", () => {
    const ignored = (name: string) =>
      find(recording, "random:index/randomPassword:RandomPassword", name).ignoreChanges;
    expect(ignored("postgres-superuser-value")).to.deep.equal(["*"]);
    expect(ignored("postgres-litellm-value")).to.deep.equal([]);
  });

  it("runs the Job again for a new password, and does not change the server", async () => {
    const rotated = await recordPostgres({}, { passwords: { "postgres-litellm-value": "another" } });
    const template = (of: Recording, kind: string) => pods(of, kind).pod;
    expect(template(rotated, "Job")).to.not.deep.equal(template(recording, "Job"));
    expect(template(rotated, "StatefulSet")).to.deep.equal(template(recording, "StatefulSet"));
  });

  it("runs the Job again for a new consumer, and does not change the server", async () => {
    const more = await recordPostgres({ consumers: { ...ARGS.consumers, openwebui: { namespace: "chat" } } });
    expect(pods(more, "Job").pod).to.not.deep.equal(pods(recording, "Job").pod);
    expect(pods(more, "StatefulSet").pod).to.deep.equal(pods(recording, "StatefulSet").pod);
  });

  it("runs the Job again when it is asked to, and does not change the server", async () => {
    const again = await recordPostgres({ rolesRun: 2 });
    expect(container(again, "Job").env).to.deep.include({ name: "ROLES_RUN", value: "2" });
    expect(pods(again, "StatefulSet").pod).to.deep.equal(pods(recording, "StatefulSet").pod);
    expect(pods(await recordPostgres({ rolesRun: 0 }), "Job").pod).to.deep.equal(pods(recording, "Job").pod);
  });

  it("uses the configured sources of passwords, and generates none", async () => {
    const existing = (name: string) => ({ kind: "existing", name, key: "pw" }) as const;
    const given = await recordPostgres({
      secrets: { superuser: existing("of-superuser") },
      consumers: { litellm: { namespace: "gateway", password: existing("of-litellm") } },
    });
    const references = (container(given, "Job").env ?? [])
      .filter(({ valueFrom }) => valueFrom !== undefined)
      .map(({ name, valueFrom }) => [name, valueFrom?.secretKeyRef]);
    expect(references).to.deep.equal([
      ["PASSWORD_LITELLM", { name: "of-litellm", key: "pw" }],
      ["PGPASSWORD", { name: "of-superuser", key: "pw" }],
    ]);
    expect(objects(given, "Secret")).to.deep.equal([]);
    expect(given.outputs["connections"]).to.have.nested.property("litellm.secret.name", "of-litellm");
  });

  it("gives objects of a consumer with an underscore a name that Kubernetes takes", async () => {
    const underscored = await recordPostgres({ consumers: { open_webui: { namespace: "chat" } } });
    for (const { name } of objects(underscored)) expect(name).to.match(/^[a-z0-9.-]+$/);
    expect(underscored.outputs["connections"]).to.have.nested.property("open_webui.role", "open_webui");
  });

  it("makes the extensions that a consumer asks for", async () => {
    const vector = await recordPostgres({
      consumers: { litellm: { namespace: "gateway" }, chat: { namespace: "chat", extensions: ["vector"] } },
    });
    expect(find(vector, "kubernetes:core/v1:ConfigMap", "postgres-roles").inputs["data"]).to.deep.equal({
      "roles.sql": renderRolesScript(["chat", "litellm"], { chat: ["vector"] }),
    });
  });

  it("has no consumer", async () => {
    const alone = await recordPostgres({ consumers: {} });
    expect(alone.outputs).to.deep.equal({ connections: {} });
    expect(objects(alone, "Secret").map(({ resource }) => resource.name)).to.deep.equal([
      "postgres-superuser-data",
    ]);
  });

  it("has a consumer in its own namespace", async () => {
    const same = await recordPostgres({ consumers: { litellm: { namespace: "data" } } });
    expect(objects(same, "Secret")).to.have.length(2);
  });

  it("registers nothing when its arguments do not fit", async () => {
    const { errors, registered } = await refusal(() => {
      const consumers = { "a-b": { namespace: "x" } };
      new Postgres("postgres", { ...ARGS, consumers, storageGi: 0, rolesRun: -1 });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      {
        propertyPath: 'consumers["a-b"]',
        reason: "must match ^[a-z][a-z0-9_]{0,62}$: it names a role, a database and an environment variable",
      },
      { propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" },
      { propertyPath: "rolesRun", reason: "must be a whole number, at least 0" },
    ]);
  });
});

describe("validatePostgresArgs", () => {
  const paths = (args: Partial<PostgresArgs>) =>
    validatePostgresArgs({ ...ARGS, ...args }).map(({ propertyPath }) => propertyPath);
  it("finds nothing where all fits", () => expect(paths({})).to.deep.equal([]));
  for (const storageGi of [0, -1, 1.5, NaN]) {
    it(`refuses ${storageGi} GiB`, () => expect(paths({ storageGi })).to.deep.equal(["storageGi"]));
  }
  for (const rolesRun of [-1, 0.5]) {
    it(`refuses run ${rolesRun}`, () => expect(paths({ rolesRun })).to.deep.equal(["rolesRun"]));
  }
  for (const connections of [0, -1, 1.5, NaN]) {
    it(`refuses ${connections} connections`, () =>
      expect(paths({ consumers: { litellm: { namespace: "x", connections } } })).to.deep.equal([
        'consumers["litellm"].connections',
      ]));
  }
  it("refuses fewer connections than its consumers and the superuser may open", () => {
    const consumers = { litellm: { namespace: "x", connections: 50 }, phoenix: { namespace: "x" } };
    expect(paths({ consumers, maxConnections: 89 })).to.deep.equal(["maxConnections"]);
    expect(paths({ consumers, maxConnections: 90 })).to.deep.equal([]);
  });
  it("refuses the superuser as a consumer", () =>
    expect(paths({ consumers: { postgres: { namespace: "x" } } })).to.deep.equal(['consumers["postgres"]']));
});

describe("renderSettings", () => {
  it("protects the roles from one another", () =>
    expect(renderSettings({ maxConnections: 50, storageGi: 4 })).to.deep.equal({
      max_connections: "50",
      superuser_reserved_connections: "10",
      authentication_timeout: "10s",
      tcp_keepalives_idle: "60",
      tcp_keepalives_interval: "10",
      tcp_keepalives_count: "6",
      idle_in_transaction_session_timeout: "1h",
      temp_file_limit: "410MB",
    }));
});

describe("renderRolesScript", () => {
  it("gives each role its own database, and nothing to anybody else", () =>
    expect(renderRolesScript(["litellm"])).to.equal(`\\set ON_ERROR_STOP on
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;

\\getenv password PASSWORD_LITELLM
SELECT 'CREATE ROLE "litellm"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'litellm')
\\gexec
ALTER ROLE "litellm" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 30 PASSWORD :'password';
\\unset password
SELECT 'CREATE DATABASE "litellm" OWNER "litellm"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'litellm')
\\gexec
ALTER DATABASE "litellm" OWNER TO "litellm";
REVOKE ALL ON DATABASE "litellm" FROM PUBLIC;
`));

  it("makes extensions last, since a new connection would log passwords", () =>
    expect(renderRolesScript(["b", "a"], { a: ["vector"], b: [] })).to.equal(
      `${renderRolesScript(["a", "b"])}
\\connect "a"
CREATE EXTENSION IF NOT EXISTS "vector";
`,
    ));

  it("does not depend on order", () =>
    expect(renderRolesScript(["b", "a"])).to.equal(renderRolesScript(["a", "b"])));

  it("reads passwords only from the environment", () => {
    expect(passwordVariable("open_webui")).to.equal("PASSWORD_OPEN_WEBUI");
    expect(renderRolesScript(["open_webui"])).to.include("\\getenv password PASSWORD_OPEN_WEBUI\n");
  });

  const QUOTING = [
    "open-webui",
    "Litellm",
    "1st",
    "",
    "a b",
    "a'b",
    'a"b',
    "a;b",
    "a\nb",
    "é",
    "a".repeat(64),
  ];
  for (const name of QUOTING) {
    it(`refuses ${JSON.stringify(name)}`, () =>
      expect(() => renderRolesScript([name])).to.throw(`not a role name: "${name}" must match ^[a-z]`));
  }
  for (const name of ["postgres", "pg_monitor", "public", "none", "template0", "template1"]) {
    it(`refuses ${name}`, () =>
      expect(() => renderRolesScript([name])).to.throw(
        `"${name}" is a name that PostgreSQL keeps for itself`,
      ));
  }
  it("reports all invalid names", () =>
    expect(() => renderRolesScript(["ok", "A", "public"])).to.throw(/"A" must match .*; "public" is a name/));
  for (const name of ["a", "open_webui", "order", "user", "a".repeat(63)]) {
    it(`takes ${name}`, () => expect(() => renderRolesScript([name])).to.not.throw());
  }
});
