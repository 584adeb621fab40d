import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import "../../../../../stacks/config.ts";
import { buildNats, natsEdges } from "../../../../../stacks/features/nats/build.ts";
import { natsPasswordSources, natsProblems } from "../../../../../stacks/features/nats/rules.ts";
import { type NatsConfigPart, natsSchema } from "../../../../../stacks/features/nats/schema.ts";
import { find, record, type Recording } from "../../../../harness.ts";
import { objects } from "../../../../kubernetes.ts";
import { reveal } from "../../../../secrets.ts";

const ORDERS = { name: "orders", namespace: "shop", publish: ["orders.>"] };
const STREAM = { name: "jobs", subjects: ["jobs.>"], maxMi: 8, consumers: [{ name: "worker" }] };
const part = (nats: object, profile: "dev" | "prod" = "dev"): NatsConfigPart => ({
  profile,
  nats: natsSchema.parse(nats),
});

describe("the section nats", () => {
  it("has these defaults", () => {
    expect(natsSchema.parse(undefined)).to.deep.equal({
      replicas: 1,
      storageGi: 10,
      users: [],
      accounts: {},
      streams: [],
    });
    expect(part({ users: [ORDERS] }).nats.users).to.deep.equal([
      {
        ...ORDERS,
        account: "main",
        subscribe: [],
        consumes: [],
        replies: { max: 65536, seconds: 600 },
        passwords: [{ number: 1, source: "generated" }],
      },
    ]);
  });

  const user = (change: object) => ({ users: [{ ...ORDERS, ...change }] });
  const CASES: [string, object, (string | number)[]][] = [
    ["two servers", { replicas: 2 }, ["replicas"]],
    ["no room", { storageGi: 0 }, ["storageGi"]],
    ["no StorageClass", { storageClass: "Fast!" }, ["storageClass"]],
    ["a name with a capital", user({ name: "Orders" }), ["users", 0, "name"]],
    ["an account with a dot", user({ account: "a.b" }), ["users", 0, "account"]],
    ["no namespace", user({ namespace: undefined }), ["users", 0, "namespace"]],
    ["a namespace with a capital", user({ namespace: "Shop" }), ["users", 0, "namespace"]],
    ["a label with a space", user({ pods: "a b" }), ["users", 0, "pods"]],
    ["a subject with a space", user({ publish: ["a b"] }), ["users", 0, "publish", 0]],
    ["a subject that ends with a dot", user({ subscribe: ["a."] }), ["users", 0, "subscribe", 0]],
    ["no password", user({ passwords: [] }), ["users", 0, "passwords"]],
    ["a password without a number", user({ passwords: [{}] }), ["users", 0, "passwords", 0, "number"]],
    ["password 0", user({ passwords: [{ number: 0 }] }), ["users", 0, "passwords", 0, "number"]],
    ["no answer at all", user({ replies: { max: 0 } }), ["users", 0, "replies", "max"]],
    ["answers without end", user({ replies: { seconds: 86_401 } }), ["users", 0, "replies", "seconds"]],
    [
      "a stream without a limit",
      { streams: [{ name: "jobs", subjects: ["jobs"] }] },
      ["streams", 0, "maxMi"],
    ],
    ["two copies", { streams: [{ ...STREAM, replicas: 2 }] }, ["streams", 0, "replicas"]],
    ["an unknown key", user({ password: "x" }), ["users", 0]],
  ];
  for (const [what, nats, path] of CASES) {
    it(`refuses ${what}`, () => {
      const { error } = natsSchema.safeParse(nats);
      expect(error?.issues.map((issue) => issue.path)).to.deep.equal([path]);
    });
  }
});

describe("natsProblems", () => {
  it("finds nothing where all fits", () => expect(natsProblems(part({ users: [ORDERS] }))).to.deep.equal([]));

  it("refuses a server that would let everybody in", () =>
    expect(natsProblems(part({}))).to.deep.equal([
      {
        path: ["nats", "users"],
        reason: "a server without users admits every client",
        fix: [
          "pulumi config set --path 'llm-platform:nats.users[0].name' orders",
          "pulumi config set --path 'llm-platform:nats.users[0].namespace' default",
          "pulumi config set --path 'llm-platform:nats.users[0].publish[0]' 'orders.>'",
        ].join(" && "),
      },
    ]));

  it("reports every problem with users", () => {
    const twice = { ...ORDERS, passwords: [{ number: 2 }, { number: 2 }] };
    const idle = { name: "idle", namespace: "shop" };
    expect(natsProblems(part({ users: [ORDERS, twice, idle] }))).to.deep.equal([
      {
        path: ["nats", "users", 1, "name"],
        value: "orders",
        reason: "is already the name of another user",
        fix: "pulumi config set --path 'llm-platform:nats.users[1].name' orders-1",
      },
      {
        path: ["nats", "users", 1, "passwords"],
        value: [2, 2],
        reason: "has two passwords with the same number",
        fix: "pulumi config rm --path 'llm-platform:nats.users[1].passwords'",
      },
      {
        path: ["nats", "users", 2, "publish"],
        value: [],
        reason: "the user has no subject to publish or subscribe to",
        fix: "pulumi config set --path 'llm-platform:nats.users[2].publish[0]' 'idle.>'",
      },
    ]);
  });
});

describe("natsProblems with accounts and streams", () => {
  it("finds nothing where a user consumes from a stream of its account", () => {
    const users = [{ ...ORDERS, consumes: [{ stream: "jobs", consumer: "worker" }] }];
    const accounts = { main: { storageMi: 100, streams: 5 } };
    expect(natsProblems(part({ users, streams: [STREAM], accounts }))).to.deep.equal([]);
  });

  it("says what does not fit, and how to make it fit", () => {
    const users = [{ ...ORDERS, consumes: [{ stream: "other", consumer: "worker" }] }];
    const accounts = { main: { storageMi: 9999 }, unused: {} };
    expect(natsProblems(part({ users, accounts }))).to.deep.equal([
      {
        path: ["nats", "accounts", "unused"],
        reason: "is the account of no user",
        fix: "pulumi config rm --path 'llm-platform:nats.accounts.unused'",
      },
      {
        path: ["nats", "accounts", "main", "storageMi"],
        value: 9999,
        reason:
          "all accounts together have 9999, and the servers have 9216: no account would be sure of its part",
        fix: "pulumi config set --path 'llm-platform:nats.accounts.main.storageMi' 9216",
      },
      {
        path: ["nats", "users", 0, "consumes", 0, "stream"],
        value: "other",
        reason: "is no stream of its account (main)",
        fix: "pulumi config rm --path 'llm-platform:nats.users[0].consumes[0]'",
      },
    ]);
  });
});

describe("natsPasswordSources", () => {
  it("are placed, and wanted with their hashes", () =>
    expect(
      natsPasswordSources(
        part({ users: [{ ...ORDERS, passwords: [{ number: 2, source: "existing" }, { number: 1 }] }] }),
      ),
    ).to.deep.equal([
      {
        path: ["nats", "users", 0, "passwords", 0],
        config: { number: 2, source: "existing" },
        hashed: true,
      },
      {
        path: ["nats", "users", 0, "passwords", 1],
        config: { number: 1, source: "generated" },
        hashed: true,
      },
    ]));
});

describe("natsEdges", () => {
  const server = {
    namespace: "data",
    podLabels: { "app.kubernetes.io/name": "nats", "app.kubernetes.io/component": "server" },
    ports: { client: 4222, monitor: 8222, cluster: 6222 },
  };
  const from = (namespace: string, name: string) => ({
    outside: { namespace, podLabels: { "app.kubernetes.io/name": name } },
  });

  it("let the pods of users in, by label", () => {
    const other = { name: "audit", namespace: "office", pods: "auditor", subscribe: [">"] };
    expect(natsEdges(part({ users: [ORDERS, other] }), "data")).to.deep.equal([
      { from: from("shop", "orders"), to: server, ports: ["client"] },
      { from: from("office", "auditor"), to: server, ports: ["client"] },
    ]);
  });

  it("let pods in once that two users share", () => {
    const users = [ORDERS, { ...ORDERS, name: "invoices", pods: "orders" }];
    expect(natsEdges(part({ users }), "data")).to.have.length(1);
  });

  it("let the Job that makes streams reach the servers", () =>
    expect(natsEdges(part({ users: [ORDERS], streams: [STREAM] }), "data").at(-1)).to.deep.equal({
      from: {
        namespace: "data",
        podLabels: { "app.kubernetes.io/name": "nats", "app.kubernetes.io/component": "streams" },
        ports: {},
      },
      to: server,
      ports: ["client"],
    }));

  it("let the servers of a cluster connect to each other only for routes", () =>
    expect(natsEdges(part({ users: [ORDERS], replicas: 3 }), "data").at(-1)).to.deep.equal({
      from: server,
      to: server,
      ports: ["cluster"],
    }));
});

describe("buildNats", () => {
  const build = (config: NatsConfigPart) =>
    record(() => {
      const readers = {
        configKey: (key: string) => pulumi.secret(`value-of-${key}`),
        onePassword: () => pulumi.secret("unused"),
      };
      const nats = buildNats(
        config,
        { namespace: "data", image: IMAGES.nats, scriptImage: IMAGES.python, readers },
        {},
      );
      return { connections: nats.connections };
    });

  const statefulSet = (recording: Recording) => {
    const [found] = objects(recording, "StatefulSet");
    if (found === undefined) throw new Error("no StatefulSet");
    return found.manifest;
  };

  it("hands the section on, each password from its source", async () => {
    const passwords = [
      { number: 2, source: "config", key: "ordersPassword", bcryptHashKey: "ordersHash" },
      { number: 1 },
    ];
    const users = [{ ...ORDERS, passwords }];
    const recording = await build(part({ replicas: 3, storageGi: 7, storageClass: "fast", users }, "prod"));
    const manifest = statefulSet(recording);
    expect(manifest.spec).to.have.property("replicas", 3);
    expect(manifest.spec).to.have.nested.property(
      "persistentVolumeClaimRetentionPolicy.whenDeleted",
      "Retain",
    );
    expect(manifest.spec).to.have.nested.property(
      "volumeClaimTemplates[0].spec.resources.requests.storage",
      "7Gi",
    );
    const secret = (name: string) =>
      reveal(find(recording, "kubernetes:core/v1:Secret", name).inputs["stringData"]) as Record<
        string,
        string
      >;
    expect(secret("nats-user-orders-2-shop")["password"]).to.equal("value-of-ordersPassword");
    expect(secret("nats-users")["users.conf"]).to.include(
      '{ user: "orders-2", password: "value-of-ordersHash"',
    );
    expect(secret("nats-users")["users.conf"]).to.match(/user: "orders-1", password: "\$2a\$10\$/);
  });

  it("keeps no volume in dev", async () => {
    const manifest = statefulSet(await build(part({ users: [ORDERS] })));
    expect(manifest.spec).to.have.nested.property(
      "persistentVolumeClaimRetentionPolicy.whenDeleted",
      "Delete",
    );
  });
});
