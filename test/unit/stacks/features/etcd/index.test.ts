import { expect } from "chai";
import { etcdEndpoints } from "../../../../../components/etcd/endpoints.ts";
import { IMAGES } from "../../../../../components/core/images.ts";
import { describeEdge } from "../../../../../components/core/network/index.ts";
import { renderPolicies } from "../../../../../components/core/network/render-policies.ts";
import "../../../../../stacks/config.ts";
import { buildEtcd, type EtcdConfigPart, etcdEdges } from "../../../../../stacks/features/etcd/build.ts";
import { etcdProblems } from "../../../../../stacks/features/etcd/rules.ts";
import { etcdSchema } from "../../../../../stacks/features/etcd/schema.ts";
import { find, record } from "../../../../harness.ts";
import { objects, onlyPods } from "../../../../kubernetes.ts";

describe("the feature etcd", () => {
  const part = (profile: "dev" | "prod", etcd: object = {}): EtcdConfigPart => ({
    profile,
    etcd: etcdSchema.parse(etcd),
  });
  const USER = { name: "orders", namespace: "shop" };

  it("has these defaults", () =>
    expect(etcdSchema.parse(undefined)).to.deep.equal({ quotaGi: 2, storageGi: 8, users: [] }));

  for (const etcd of [
    { member: 3 },
    { members: 2 },
    { members: "3" },
    { quotaGi: 9 },
    { storageGi: 0 },
    { storageClass: "Fast" },
    { users: [{ name: "orders" }] },
    { users: [{ ...USER, name: "root" }] },
    { users: [{ ...USER, name: "a_b" }] },
    { users: [{ ...USER, namespace: "A" }] },
    { users: [{ ...USER, pods: "a b" }] },
    { users: [{ ...USER, password: "x" }] },
  ]) {
    it(`refuses ${JSON.stringify(etcd)}`, () => expect(etcdSchema.safeParse(etcd).success).to.equal(false));
  }

  it("finds nothing wrong in the defaults", () => {
    expect(etcdProblems(part("dev"))).to.deep.equal([]);
    expect(etcdProblems(part("prod", { users: [USER, { ...USER, name: "other" }] }))).to.deep.equal([]);
  });

  it("wants a volume that holds the database twice, and names once", () =>
    expect(etcdProblems(part("prod", { quotaGi: 4, users: [USER, USER] }))).to.deep.equal([
      {
        path: ["etcd", "storageGi"],
        value: 8,
        reason:
          "a database of 4 GiB needs a volume of at least 9 GiB, because it also holds a copy of the database and the log",
        fix: "pulumi config set --path 'llm-platform:etcd.storageGi' 9",
      },
      {
        path: ["etcd", "users", 1, "name"],
        value: "orders",
        reason: "is already the name of another user",
        fix: "pulumi config set --path 'llm-platform:etcd.users[1].name' orders-1",
      },
    ]));

  const edges = (config: EtcdConfigPart) => etcdEdges(config, "data").map(describeEdge);

  it("admits users' pods to the clients' port, and only the members to the peers' port", () => {
    expect(edges(part("prod", { users: [USER, { ...USER, name: "other", pods: "app" }] }))).to.deep.equal([
      "data/etcd-users -> data/etcd-server:gateway",
      "data/etcd-server -> data/etcd-server:peer",
      "outside shop/app.kubernetes.io/name=orders -> data/etcd-server:client",
      "outside shop/app.kubernetes.io/name=app -> data/etcd-server:client",
    ]);
    expect(edges(part("dev"))).to.deep.equal(["data/etcd-users -> data/etcd-server:gateway"]);
  });

  it("makes one policy of the members' two endpoints", () => {
    const policies = renderPolicies(etcdEdges(part("prod"), "data"));
    const members = policies.find(({ metadata }) => metadata.name === "etcd-server");
    const ports = (rules: readonly { ports: readonly { port: number }[] }[] = []) =>
      rules.map((rule) => rule.ports.map(({ port }) => port));
    expect(policies).to.have.length(2);
    expect(members?.spec.podSelector.matchLabels).to.deep.equal(etcdEndpoints("data").peers.podLabels);
    expect(ports(members?.spec.ingress)).to.deep.equal([[2381], [2380]]);
    expect(ports(members?.spec.egress)).to.deep.equal([[2380]]);
  });

  const build = (config: EtcdConfigPart, secrets = {}) =>
    record(() => {
      const { connections } = buildEtcd(
        config,
        { namespace: "data", image: IMAGES.etcd, scriptImage: IMAGES.python, secrets },
        {},
      );
      return { connections };
    });
  const replicas = async (config: EtcdConfigPart) =>
    (onlyPods(await build(config), "StatefulSet").owner.manifest.spec as { replicas: number }).replicas;

  it("has three members in prod and one in dev, or as many as are asked for", async () => {
    expect(await replicas(part("prod"))).to.equal(3);
    expect(await replicas(part("dev"))).to.equal(1);
    expect(await replicas(part("prod", { members: 1 }))).to.equal(1);
    expect(await replicas(part("dev", { members: 3 }))).to.equal(3);
  });

  it("keeps and protects data only in prod", async () => {
    const isProtected = async (profile: "dev" | "prod") =>
      find(await build(part(profile)), "pulumi:index:Stash", "etcd-members").protect;
    expect(await isProtected("prod")).to.equal(true);
    expect(await isProtected("dev")).to.equal(false);
  });

  it("hands passwords' sources on, by user", async () => {
    const existing = { kind: "existing", name: "theirs", key: "k" };
    const recording = await build(part("dev", { users: [USER] }), { orders: existing, root: existing });
    expect(objects(recording, "Secret")).to.deep.equal([]);
    expect(recording.outputs["connections"]).to.have.nested.property("orders.secret.name", "theirs");
  });
});
