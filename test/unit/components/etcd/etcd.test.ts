import { expect } from "chai";
import { ETCD } from "../../../../components/etcd/endpoints.ts";
import type { EtcdArgs } from "../../../../components/etcd/args.ts";
import { Etcd } from "../../../../components/etcd/index.ts";
import { renderFlags } from "../../../../components/etcd/render-flags.ts";
import { renderUsers } from "../../../../components/etcd/users.ts";
import {
  find,
  inventory,
  mockPassword,
  record,
  type Recording,
  type RecordOptions,
} from "../../../harness.ts";
import { comesAfter } from "../../../invariants/lifecycle.ts";
import { objects, onlyPods } from "../../../kubernetes.ts";
import { refusal } from "../../../refusal.ts";
import { reveal } from "../../../secrets.ts";
import { ARGS } from "./fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";

const recordEtcd = (args: Partial<EtcdArgs> = {}, options: RecordOptions = {}) =>
  record(() => {
    const { connections } = new Etcd(ETCD, { ...ARGS, ...args });
    return { connections };
  }, options);

describe("Etcd", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordEtcd();
  });

  it("makes these resources", () =>
    expect(inventory(recording)).to.deep.equal([
      `${STATEFUL_SET} etcd-server-statefulset`,
      "kubernetes:batch/v1:Job etcd-users-job",
      "kubernetes:core/v1:ConfigMap etcd-users",
      `${SECRET} etcd-orders-data`,
      `${SECRET} etcd-orders-shop`,
      `${SECRET} etcd-root-data`,
      `${SECRET} etcd-stock-room-data`,
      "kubernetes:core/v1:Service etcd-server-headless-service",
      "kubernetes:core/v1:Service etcd-server-service",
      "kubernetes:policy/v1:PodDisruptionBudget etcd-server-disruption-budget",
      "llm-platform:data:Etcd etcd",
      "llm-platform:foundation:Credential etcd-orders",
      "llm-platform:foundation:Credential etcd-root",
      "llm-platform:foundation:Credential etcd-stock-room",
      "llm-platform:foundation:Job etcd-users",
      "llm-platform:foundation:Workload etcd-server",
      "pulumi:index:Stash etcd-members",
      "pulumi:index:Stash etcd-root-first",
      "random:index/randomPassword:RandomPassword etcd-orders-value",
      "random:index/randomPassword:RandomPassword etcd-root-value",
      "random:index/randomPassword:RandomPassword etcd-stock-room-value",
    ]));

  it("starts all members at once, with an address and a volume each", () => {
    const { spec } = onlyPods(recording, "StatefulSet").owner.manifest as { spec: Record<string, unknown> };
    expect(spec).to.deep.include({
      replicas: 3,
      serviceName: "etcd-headless",
      podManagementPolicy: "Parallel",
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
    });
    expect(spec["volumeClaimTemplates"]).to.have.nested.property(
      "[0].spec.resources.requests.storage",
      "8Gi",
    );
    const headless = find(recording, "kubernetes:core/v1:Service", "etcd-server-headless-service");
    expect(headless.inputs["spec"]).to.deep.include({ clusterIP: "None", publishNotReadyAddresses: true });
  });

  it("publishes the ports of clients and of the Job", () => {
    const service = find(recording, "kubernetes:core/v1:Service", "etcd-server-service").inputs["spec"];
    expect(service).to.have.deep.nested.property("ports", [
      { name: "client", port: 2379, targetPort: "client", protocol: "TCP" },
      { name: "gateway", port: 2381, targetPort: "gateway", protocol: "TCP" },
    ]);
  });

  it("runs etcd with the rendered flags and its own name, as no user of the image", () => {
    const { owner, container } = onlyPods(recording, "StatefulSet");
    expect(container.command).to.deep.equal(["/usr/local/bin/etcd"]);
    expect(container["args"]).to.deep.equal(renderFlags({ namespace: "data", members: 3, quotaGi: 2 }));
    expect(container.env).to.deep.equal([
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ]);
    expect(owner.pod.securityContext).to.deep.include({ runAsUser: 1024, fsGroup: 1024 });
    expect(container.volumeMounts).to.deep.equal([{ name: "data", mountPath: "/data" }]);
  });

  it("is alive without the others, and ready with them, on the metrics port", () => {
    const { startupProbe, readinessProbe, livenessProbe } = onlyPods(recording, "StatefulSet").container;
    const asked = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet);
    expect(asked).to.deep.equal([
      { path: "/livez", port: "metrics" },
      { path: "/readyz", port: "metrics" },
      { path: "/livez", port: "metrics" },
    ]);
  });

  it("has no disruption budget for one member", async () =>
    expect(objects(await recordEtcd({ members: 1 }), "PodDisruptionBudget")).to.deep.equal([]));

  it("holds the number of members before any of them, and asks a hook before it changes", () => {
    const guard = find(recording, "pulumi:index:Stash", "etcd-members");
    expect(guard.inputs).to.deep.equal({ input: 3 });
    const members = find(recording, STATEFUL_SET, "etcd-server-statefulset");
    expect([...comesAfter(recording, members)]).to.include(guard.urn);
  });

  it("sets the users after the members, with all passwords from Secrets", () => {
    const job = find(recording, "kubernetes:batch/v1:Job", "etcd-users-job");
    const members = find(recording, STATEFUL_SET, "etcd-server-statefulset");
    expect([...comesAfter(recording, job)]).to.include(members.urn);
    const { container } = onlyPods(recording, "Job");
    expect(container.command).to.deep.equal([
      "python3",
      "/etc/etcd-users/set-users.py",
      "/etc/etcd-users/users.json",
    ]);
    const from = (name: string) => ({
      secretKeyRef: { name: find(recording, SECRET, name).id.split("/")[1], key: "password" },
    });
    expect(container.env).to.deep.equal([
      { name: "PASSWORD_ORDERS", valueFrom: from("etcd-orders-data") },
      { name: "PASSWORD_STOCK_ROOM", valueFrom: from("etcd-stock-room-data") },
      { name: "ROOT_PASSWORD", valueFrom: from("etcd-root-data") },
      { name: "ETCD_URL", value: "http://etcd.data.svc.cluster.local:2381" },
    ]);
    const files = find(recording, "kubernetes:core/v1:ConfigMap", "etcd-users").inputs["data"] as object;
    expect(Object.keys(files)).to.deep.equal(["set-users.py", "users.json"]);
    expect(files).to.have.property("users.json", renderUsers(ARGS.users));
  });

  it("hands over a connection a user, its secret in the user's own namespace", () =>
    expect(recording.outputs["connections"]).to.deep.equal({
      orders: connection("orders", find(recording, SECRET, "etcd-orders-shop").id),
      "stock-room": connection("stock-room", find(recording, SECRET, "etcd-stock-room-data").id),
    }));

  const connection = (user: string, secretId: string) => ({
    host: "etcd.data.svc.cluster.local",
    port: 2379,
    url: "http://etcd.data.svc.cluster.local:2379",
    username: user,
    keyPrefix: `/${user}/`,
    secret: { name: secretId.split("/")[1], key: "password" },
    endpoint: {
      namespace: "data",
      podLabels: { "app.kubernetes.io/name": "etcd", "app.kubernetes.io/component": "server" },
      ports: { client: 2379 },
    },
  });

  it("gives both Secrets of a user the same password, and neither that of root", () => {
    const value = (name: string) => reveal(find(recording, SECRET, name).inputs["stringData"]);
    const password = (name: string) => ({ password: mockPassword(name, 48) });
    expect(value("etcd-orders-data")).to.deep.equal(password("etcd-orders-value"));
    expect(value("etcd-orders-shop")).to.deep.equal(password("etcd-orders-value"));
    expect(value("etcd-root-data")).to.deep.equal(password("etcd-root-value"));
  });

  it("keeps root's password in its own namespace, and never makes it again", () => {
    const places = objects(recording, "Secret").filter(({ name }) => name.startsWith("etcd-root"));
    expect(places.map(({ namespace }) => namespace)).to.deep.equal(["data"]);
    const ignored = (name: string) =>
      find(recording, "random:index/randomPassword:RandomPassword", name).ignoreChanges;
    expect(ignored("etcd-root-value")).to.deep.equal(["*"]);
    expect(ignored("etcd-orders-value")).to.deep.equal([]);
  });

  it("uses the configured sources of passwords", async () => {
    const existing = (name: string) => ({ kind: "existing", name, key: "k" }) as const;
    const taken = await recordEtcd({
      users: { orders: { namespace: "shop", password: existing("theirs") } },
      secrets: { root: existing("boss") },
    });
    expect(objects(taken, "Secret")).to.deep.equal([]);
    expect(onlyPods(taken, "Job").container.env?.slice(0, 2)).to.deep.equal([
      { name: "PASSWORD_ORDERS", valueFrom: { secretKeyRef: { name: "theirs", key: "k" } } },
      { name: "ROOT_PASSWORD", valueFrom: { secretKeyRef: { name: "boss", key: "k" } } },
    ]);
  });

  it("runs the Job again for a new password or user, and does not change the members", async () => {
    const rotated = await recordEtcd({}, { passwords: { "etcd-orders-value": "another" } });
    const more = await recordEtcd({ users: { ...ARGS.users, another: { namespace: "shop" } } });
    for (const changed of [rotated, more]) {
      expect(onlyPods(changed, "Job").owner.pod).to.not.deep.equal(onlyPods(recording, "Job").owner.pod);
      expect(onlyPods(changed, "StatefulSet").owner.pod).to.deep.equal(
        onlyPods(recording, "StatefulSet").owner.pod,
      );
    }
  });

  it("protects what cannot be made again, and keeps the volumes, when it has to", async () => {
    const kept = await recordEtcd({ retain: true });
    expect(kept.resources.filter(({ protect }) => protect).map(({ name }) => name)).to.have.members([
      "etcd-members",
      "etcd-root-first",
      "etcd-root-value",
      "etcd-root-data",
    ]);
    expect(onlyPods(kept, "StatefulSet").owner.manifest.spec).to.deep.include({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
    expect(recording.resources.filter(({ protect }) => protect)).to.deep.equal([]);
  });

  it("runs as the owner of a share that squashes all users", async () => {
    const { owner } = onlyPods(await recordEtcd({ squash: { uid: 1026, gid: 100 } }), "StatefulSet");
    expect(owner.pod.securityContext).to.deep.include({ runAsUser: 1026, runAsGroup: 100 });
    expect(owner.pod.securityContext).not.to.have.property("fsGroup");
  });

  it("registers nothing when its arguments do not fit", async () => {
    const { errors, registered } = await refusal(() => {
      new Etcd(ETCD, {
        ...ARGS,
        users: { a_b: { namespace: "x" }, root: { namespace: "x" } },
        members: 2 as 3,
        storageGi: 4,
      });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      {
        propertyPath: 'users["a_b"]',
        reason: "must match ^[a-z][a-z0-9-]{0,30}$: it names a user, and its keys begin with it",
      },
      { propertyPath: 'users["root"]', reason: "is the user that may do everything" },
      {
        propertyPath: "members",
        reason: "must be 1 or 3: a cluster of two stops as soon as one member fails",
      },
      {
        propertyPath: "storageGi",
        reason: "must be a whole number of GiB, at least 5 for this quotaGi",
      },
    ]);
  });
});
