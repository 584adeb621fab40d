import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { IMAGES } from "../../components/core/images.ts";
import {
  type ClusterSpec,
  renderCluster,
  renderDatabase,
} from "../../components/postgres/cnpg/render-cluster.ts";
import { cloudNativePgDefinitions } from "../../sandbox/cluster/cloudnativepg.ts";
import { eventually } from "./kubectl.ts";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { namespace } from "./objects.ts";

const CLUSTER: ClusterSpec = {
  namespace: "data",
  image: IMAGES.postgresCluster,
  instances: 3,
  storageGi: 5,
  storageClass: "fast",
  plugins: [
    {
      name: "barman-cloud.cloudnative-pg.io",
      isWALArchiver: true,
      parameters: { barmanObjectName: "store" },
    },
  ],
  roleSecrets: { litellm: "of-litellm", open_webui: "of-open-webui" },
};

const COMPONENT = pathToFileURL(join(import.meta.dirname, "../../components/postgres/cnpg/index.ts")).href;

const program = (consumers: object, instances = 3) => `
import { PostgresCluster } from "${COMPONENT}";
const { connections } = new PostgresCluster("postgres", {
  namespace: "data", image: ${JSON.stringify(IMAGES.postgresCluster)}, instances: ${instances}, storageGi: 5,
  apiServer: { cidrs: ["10.0.0.1/32"], port: 6443 }, consumers: ${JSON.stringify(consumers)},
}, { providers: [provider] });
export const host = connections.litellm.host;
`;

const LITELLM = { litellm: { namespace: "gateway" } };
const BOTH = { ...LITELLM, open_webui: { namespace: "gateway", extensions: ["vector"] } };

describe("CloudNativePG's objects, before its own definitions in a real API server", function () {
  this.timeout(120_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    const definitions = await cloudNativePgDefinitions();
    k = await KubernetesProject.create();
    await k.kubectl.run(`create -f ${definitions}`);
    await k.kubectl.run("wait --for=condition=Established --timeout=30s crd --all");
    await k.kubectl.create(namespace("data"), namespace("gateway"));
  });
  after(() => k.dispose());

  const check = (object: object) => k.kubectl.try("create --dry-run=server --validate=strict -f -", [object]);
  const cluster = (spec: Partial<ClusterSpec> = {}) => renderCluster({ ...CLUSTER, ...spec });

  it("are accepted: a Cluster of three with everything, a Cluster of one, Databases", async () => {
    for (const object of [
      cluster(),
      cluster({ instances: 1, roleSecrets: {} }),
      renderDatabase("data", "litellm", []),
      renderDatabase("data", "open_webui", ["vector"]),
    ]) {
      succeeded({ stdout: "", ...(await check(object)) });
    }
  });

  const WRONG: Record<string, [object, string]> = {
    "a field that it does not know": [
      { ...cluster(), spec: { ...cluster().spec, replicas: 3 } },
      "unknown field",
    ],
    "a way of replication that there is not": [
      {
        ...cluster(),
        spec: { ...cluster().spec, postgresql: { synchronous: { method: "all", number: 1 } } },
      },
      'Unsupported value: "all"',
    ],
    "no instance": [cluster({ instances: 0 }), "should be greater than or equal to 1"],
    "a database that PostgreSQL keeps for itself": [
      renderDatabase("data", "postgres", []),
      "the name postgres is reserved",
    ],
  };
  for (const [what, [object, message]] of Object.entries(WRONG)) {
    it(`would be rejected with ${what}`, async () =>
      failed({ stdout: "", ...(await check(object)) }, message));
  }

  const value = (what: string, path: string) => k.kubectl.value(`-n data ${what}.postgresql.cnpg.io`, path);
  /** In the operator's place. */
  const report = (what: string, status: object) =>
    k.kubectl.run(
      `-n data patch ${what.replace(" ", ".postgresql.cnpg.io ")} --subresource=status --type=merge -p ${JSON.stringify({ status })}`,
    );
  const ready = {
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "Test",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  };
  const exists = (what: string) =>
    eventually(
      () => k.kubectl.value(`-n data ${what.replace(" ", ".postgresql.cnpg.io ")}`, ".metadata.name"),
      (name) => name !== "",
    );

  it("become ready in order, each when the operator reports it", async () => {
    k.program(program(LITELLM));
    let ended = false;
    const up = k.up().finally(() => (ended = true));
    await exists("cluster postgres");
    await sleep(2_000);
    expect(ended, "up waits for the Cluster").to.equal(false);
    expect(await value("database", ".items[*].metadata.name")).to.equal("");
    await report("cluster postgres", ready);
    await exists("database postgres-litellm");
    await sleep(2_000);
    expect(ended, "up waits for the Database").to.equal(false);
    await report("database postgres-litellm", { applied: true, observedGeneration: 1 });
    succeeded(await up);
    expect(await k.pulumi.output("host")).to.equal("postgres-rw.data.svc.cluster.local");
  });

  it("do not change by themselves, although the definitions add defaults", async () => {
    succeeded(await k.up("--expect-no-changes"));
    succeeded(await k.pulumi.run("refresh", "--yes", "--skip-preview", "--expect-no-changes"));
  });

  it("refer to a basic-auth Secret with the role's name, a password, and the label that the operator watches", async () => {
    const name = await value("cluster", ".items[0].spec.managed.roles[0].passwordSecret.name");
    const secret = (path: string) => k.kubectl.value(`-n data secret ${name}`, path);
    expect(await secret(".type")).to.equal("kubernetes.io/basic-auth");
    expect(Buffer.from(await secret(".data.username"), "base64").toString()).to.equal("litellm");
    expect(await secret(".metadata.labels.cnpg\\.io/reload")).to.equal("true");
    const consumers = await k.kubectl.value("-n gateway secret", ".items[0].data.password");
    expect(await secret(".data.password"))
      .to.equal(consumers)
      .and.to.have.length.greaterThan(0);
  });

  it("follow the consumers, and keep the database of a removed one", async () => {
    k.program(program(BOTH));
    const up = k.up();
    await exists("database postgres-open-webui");
    await report("database postgres-open-webui", { applied: true, observedGeneration: 1 });
    succeeded(await up);
    expect(await value("cluster", ".items[0].spec.managed.roles[*].name")).to.equal("litellm open_webui app");
    expect(await value("database", ".items[*].spec.databaseReclaimPolicy")).to.equal("retain retain");

    await k.apply(program(LITELLM));
    expect(await value("cluster", ".items[0].spec.managed.roles[*].name")).to.equal("litellm app");
    expect(await value("database", ".items[*].spec.name")).to.equal("litellm");
  });

  it("are deleted by destroy", async () => {
    await k.clear();
    expect(await value("cluster", ".items[*].metadata.name")).to.equal("");
    expect(await k.kubectl.value("-n data secret", ".items[*].metadata.name")).to.equal("");
  });
});
