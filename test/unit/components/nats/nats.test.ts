import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { natsEndpoints } from "../../../../components/nats/endpoints.ts";
import type { NatsArgs } from "../../../../components/nats/args.ts";
import { Nats } from "../../../../components/nats/index.ts";
import type { NatsUser } from "../../../../components/nats/users.ts";
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
import { isSecret, reveal } from "../../../secrets.ts";
import { ARGS, AUDIT, ORDERS, STREAM } from "./fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";

const recordNats = (args: Partial<NatsArgs> = {}, options: RecordOptions = {}) =>
  record(() => ({ connections: new Nats("nats", { ...ARGS, ...args }).connections }), options);

const statefulSet = (recording: Recording) => onlyPods(recording, "StatefulSet").owner;
const container = (recording: Recording) => onlyPods(recording, "StatefulSet").container;

const contents = (recording: Recording, name: string) =>
  reveal(find(recording, SECRET, name).inputs["stringData"]) as Record<string, string>;
const usersFile = (recording: Recording) => contents(recording, "nats-users")["users.conf"] ?? "";
const replace = (user: NatsUser, change: Partial<NatsUser>) =>
  ARGS.users.map((each) => (each === user ? { ...each, ...change } : each));

describe("Nats", () => {
  let recording: Recording;
  let cluster: Recording;
  before(async () => {
    recording = await recordNats();
    cluster = await recordNats({ replicas: 3 });
  });

  const ALONE = [
    `${STATEFUL_SET} nats-server-statefulset`,
    "kubernetes:core/v1:ConfigMap nats-config",
    `${SECRET} nats-user-audit-1-office`,
    `${SECRET} nats-user-orders-1-shop`,
    `${SECRET} nats-users`,
    "kubernetes:core/v1:Service nats-server-headless-service",
    "kubernetes:core/v1:Service nats-server-service",
    "llm-platform:data:Nats nats",
    "llm-platform:foundation:Credential nats-user-audit-1",
    "llm-platform:foundation:Credential nats-user-orders-1",
    "llm-platform:foundation:Workload nats-server",
    "random:index/randomPassword:RandomPassword nats-user-audit-1-value",
    "random:index/randomPassword:RandomPassword nats-user-orders-1-value",
  ];

  it("makes these resources", () => expect(inventory(recording)).to.deep.equal(ALONE));

  it("makes a password of the servers and a disruption budget, too, for a cluster", () =>
    expect(inventory(cluster).filter((line) => !ALONE.includes(line))).to.deep.equal([
      `${SECRET} nats-routes-data`,
      "kubernetes:policy/v1:PodDisruptionBudget nats-server-disruption-budget",
      "llm-platform:foundation:Credential nats-routes",
      "pulumi:index:Stash nats-routes-first",
      "random:index/randomPassword:RandomPassword nats-routes-value",
    ]));

  it("gives the servers hashes of all passwords, quoted, and no password", () => {
    const text = usersFile(recording);
    expect(text.match(/password: "\$2a\$10\$[\w-]{43,53}"/g)).to.have.length(2);
    for (const login of ["orders-1", "audit-1"]) {
      expect(text).to.include(`{ user: "${login}", `);
      expect(text).not.to.include(mockPassword(`nats-user-${login}-value`, 48));
    }
    expect(Object.keys(contents(recording, "nats-users"))).to.deep.equal(["users.conf"]);
    const { users } = { users: find(recording, SECRET, "nats-users").inputs["stringData"] };
    expect(isSecret(users) || isSecret((users as Record<string, unknown>)["users.conf"])).to.equal(true);
  });

  it("gives each user a Secret in its own namespace, with its password and the URL to log in", () => {
    const password = mockPassword("nats-user-orders-1-value", 48);
    expect(contents(recording, "nats-user-orders-1-shop")).to.deep.equal({
      password,
      url: `nats://orders-1:${password}@nats.data.svc.cluster.local:4222`,
    });
    const places = objects(recording, "Secret").map(({ resource, namespace }) => [resource.name, namespace]);
    expect(Object.fromEntries(places)).to.deep.equal({
      "nats-user-orders-1-shop": "shop",
      "nats-user-audit-1-office": "office",
      "nats-users": "data",
    });
  });

  it("hands over a connection a user", () => {
    const name = find(recording, SECRET, "nats-user-orders-1-shop").id.split("/")[1];
    const { orders, ...others } = recording.outputs["connections"] as Record<string, unknown>;
    expect(orders).to.deep.equal({
      host: "nats.data.svc.cluster.local",
      port: 4222,
      url: "nats://nats.data.svc.cluster.local:4222",
      user: "orders-1",
      inboxPrefix: "_INBOX.orders",
      secret: { name, key: "password" },
      secretUrl: { name, key: "url" },
      endpoint: natsEndpoints("data").server,
    });
    expect(Object.keys(others)).to.deep.equal(["audit"]);
  });

  it("does not change the servers' pods when users change, so that no connection is lost", async () => {
    const newcomer: NatsUser = { name: "newcomer", namespace: "shop", publish: ["a"], subscribe: [] };
    const template = statefulSet(recording).manifest.spec;
    for (const changed of [
      await recordNats({ users: [...ARGS.users, newcomer] }),
      await recordNats({ users: [ORDERS] }),
      await recordNats({ users: replace(ORDERS, { publish: [] }) }),
      await recordNats({ users: replace(ORDERS, { passwords: [2, 1] }) }),
      await recordNats({}, { passwords: { "nats-user-orders-1-value": "another" } }),
    ]) {
      expect(usersFile(changed)).not.to.equal(usersFile(recording));
      expect(statefulSet(changed).manifest.spec).to.deep.equal(template);
    }
  });

  it("changes nothing at all when the users come in another order", async () => {
    const turned = await recordNats({ users: [AUDIT, ORDERS] });
    expect(usersFile(turned)).to.equal(usersFile(recording));
  });

  it("knows several passwords of a user, and hands over the first", async () => {
    const both = await recordNats({ users: replace(ORDERS, { passwords: [2, 1] }) });
    for (const login of ["orders-1", "orders-2"]) expect(usersFile(both)).to.include(`"${login}"`);
    expect(both.outputs["connections"]).to.have.nested.property("orders.user", "orders-2");
    const handedOver = objects(both, "Secret").filter(({ namespace }) => namespace === "shop");
    expect(handedOver.map(({ resource }) => resource.name)).to.deep.equal(["nats-user-orders-2-shop"]);
    expect(contents(both, "nats-user-orders-2-shop")["url"]).to.match(/^nats:\/\/orders-2:/);
  });

  it("takes a password and its hash from where the stack says", async () => {
    const bcryptHash = pulumi.secret("$2a$10$given");
    const given = await recordNats({
      secrets: {
        "orders-1": { kind: "config", value: pulumi.secret("p@ss/word"), bcryptHash },
        "audit-1": { kind: "existing", name: "kept", key: "word", bcryptHash },
      },
    });
    expect(usersFile(given).match(/"\$2a\$10\$given"/g)).to.have.length(2);
    expect(contents(given, "nats-user-orders-1-shop")["url"]).to.include("//orders-1:p%40ss%2Fword@");
    const { audit } = given.outputs["connections"] as Record<string, Record<string, unknown>>;
    expect(audit?.["secret"]).to.deep.equal({ name: "kept", key: "word" });
    expect(audit).not.to.have.property("secretUrl");
  });

  it("runs the start script over the configuration and the users, in one folder", () => {
    const { command, env, volumeMounts } = container(recording);
    expect(command).to.deep.equal(["sh", "/etc/nats/start.sh"]);
    expect(env).to.deep.equal([
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "GOMEMLIMIT", value: "460MiB" },
    ]);
    expect(volumeMounts).to.deep.equal([
      { name: "data", mountPath: "/data" },
      { name: "etc-nats", mountPath: "/etc/nats", readOnly: true },
    ]);
    const nameOf = (type: string, name: string) => find(recording, type, name).id.split("/")[1];
    expect(statefulSet(recording).pod.volumes).to.deep.equal([
      {
        name: "etc-nats",
        projected: {
          sources: [
            { configMap: { name: nameOf("kubernetes:core/v1:ConfigMap", "nats-config") } },
            { secret: { name: nameOf(SECRET, "nats-users") } },
          ],
          defaultMode: 0o440,
        },
      },
    ]);
  });

  it("publishes only the port of clients; monitoring and routes are for pods with an edge", () => {
    const portsOf = (name: string, of: Recording) =>
      (
        find(of, "kubernetes:core/v1:Service", name).inputs["spec"] as { ports: { name: string }[] }
      ).ports.map((port) => port.name);
    expect(portsOf("nats-server-service", cluster)).to.deep.equal(["client"]);
    expect(portsOf("nats-server-headless-service", cluster)).to.deep.equal(["client", "monitor", "cluster"]);
    expect(container(recording).ports?.map(({ containerPort }) => containerPort)).to.deep.equal([4222, 8222]);
  });

  it("asks the monitoring port how the server is, and restarts none for a stream", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container(recording);
    const paths = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet);
    expect(paths).to.deep.equal([
      { path: "/healthz", port: "monitor" },
      { path: "/healthz?js-server-only=true", port: "monitor" },
      { path: "/healthz?js-enabled-only=true", port: "monitor" },
    ]);
  });

  it("starts the servers of a cluster together, each with the address of every one", () => {
    const { spec } = statefulSet(cluster).manifest as { spec: Record<string, unknown> };
    expect(spec).to.include({
      replicas: 3,
      podManagementPolicy: "Parallel",
      serviceName: "nats-headless",
    });
    const env = container(cluster).env ?? [];
    const routes = [0, 1, 2].map((index) => ({
      name: `ROUTE_${String(index)}`,
      value: `nats://route:$(ROUTE_PASSWORD)@nats-${String(index)}.nats-headless.data.svc.cluster.local:6222`,
    }));
    expect(env).to.deep.include.members(routes);
    const { password = "" } = contents(cluster, "nats-routes-data");
    expect(password).to.equal(`route-${mockPassword("nats-routes-value", 48)}`);
  });

  it("makes streams by a Job with a login of its own, and none where there are none", async () => {
    const made = await recordNats({ streams: [STREAM] });
    const job = find(made, "kubernetes:batch/v1:Job", "nats-streams-job");
    expect([...comesAfter(made, job)]).to.include(find(made, STATEFUL_SET, "nats-server-statefulset").urn);
    const { container: pod } = onlyPods(made, "Job");
    expect(pod.command).to.deep.equal([
      "python3",
      "/etc/nats-streams/set-streams.py",
      "/etc/nats-streams/streams.json",
    ]);
    const secret = find(made, SECRET, "nats-streams-main-data").id.split("/")[1];
    expect(pod.env).to.deep.equal([
      { name: "PASSWORD_MAIN", valueFrom: { secretKeyRef: { name: secret, key: "password" } } },
      { name: "NATS_HOST", value: "nats.data.svc.cluster.local" },
      { name: "NATS_PORT", value: "4222" },
    ]);
    expect(usersFile(made)).to.match(/user: "streams_main", password: "\$2a\$10\$/);
    expect(objects(recording, "Job")).to.deep.equal([]);
    expect(usersFile(recording)).not.to.include("streams_main");
  });

  it("wants a limit of each stream where streams of several accounts share servers", async () => {
    const accounts = [ORDERS, { ...AUDIT, account: "office" }];
    const required = async (args: Partial<NatsArgs>) =>
      /max_bytes_required: (\w+)/.exec(usersFile(await recordNats(args)))?.[1];
    expect(await required({ replicas: 3, users: accounts })).to.equal("true");
    expect(await required({ replicas: 1, users: accounts })).to.equal("false");
    expect(await required({ replicas: 3 })).to.equal("false");
  });

  it("has a volume a server, kept in prod", async () => {
    const templates = (of: Recording) => {
      const { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: policy } = statefulSet(of).manifest
        .spec as Record<string, unknown>;
      return [
        (volumeClaimTemplates as { metadata: { name: string }; spec: unknown }[]).map(
          ({ metadata, spec }) => [metadata.name, spec],
        ),
        policy,
      ];
    };
    const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } };
    expect(templates(recording)).to.deep.equal([
      [["data", claim]],
      { whenDeleted: "Delete", whenScaled: "Delete" },
    ]);
    expect(templates(await recordNats({ retain: true, storageClass: "fast" }))).to.deep.equal([
      [["data", { ...claim, storageClassName: "fast" }]],
      { whenDeleted: "Retain", whenScaled: "Retain" },
    ]);
  });

  it("never makes the servers' own password again, but a user's", () => {
    const ignored = (name: string) =>
      find(cluster, "random:index/randomPassword:RandomPassword", name).ignoreChanges;
    expect(ignored("nats-routes-value")).to.deep.equal(["*"]);
    expect(ignored("nats-user-orders-1-value")).to.deep.equal([]);
  });

  it("registers nothing when its arguments do not fit", async () => {
    const { errors, registered } = await refusal(() => {
      new Nats("nats", { ...ARGS, users: [], storageGi: 0 });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      { propertyPath: "users", reason: "must not be empty: a server without users admits every client" },
      { propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" },
    ]);
  });
});
