import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../components/images.ts";
import { litellmEndpoints } from "../../components/litellm/endpoints.ts";
import { RedisExternal, type RedisExternalArgs } from "../../components/redis/external/index.ts";
import { validateRedisExternalArgs } from "../../components/redis/external/validate-args.ts";
import { Redis, type RedisArgs } from "../../components/redis/index.ts";
import { renderConfig } from "../../components/redis/render-config.ts";
import { renderStart } from "../../components/redis/render-start.ts";
import { validateRedisArgs } from "../../components/redis/validate-args.ts";
import { buildRedis, type RedisConfigPart, redisProblems, redisSchema } from "../../stacks/features/redis.ts";
import {
  find,
  inventory,
  mockPassword,
  record,
  type Recording,
  type RecordOptions,
  shown,
} from "../harness.ts";
import { type Container, objects, type PodOwner, podOwners } from "../kubernetes.ts";
import { reveal } from "../secrets.ts";

const SECRET = "kubernetes:core/v1:Secret";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const ARGS: RedisArgs = {
  namespace: "data",
  image: IMAGES.redis,
  consumers: { litellm: { namespace: "gateway" }, open_webui: { namespace: "chat", channels: ["socketio"] } },
  maxMemoryMi: 256,
  evictionPolicy: "volatile-lru",
};
const PERSISTENCE = { storageGi: 4 };

const recordRedis = (args: Partial<RedisArgs> = {}, options: RecordOptions = {}) =>
  record(() => {
    const { connections } = new Redis("redis", { ...ARGS, ...args });
    return { connections };
  }, options);

function server(recording: Recording): { owner: PodOwner; container: Container } {
  const [owner, ...others] = podOwners(recording);
  const container = owner?.pod.containers[0];
  if (owner === undefined || container === undefined || others.length > 0) throw new Error("not one server");
  return { owner, container };
}

describe("Redis", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordRedis();
  });

  it("makes these resources, and no volume where nothing is kept", () =>
    expect(inventory(recording)).to.deep.equal([
      "kubernetes:apps/v1:StatefulSet redis-server-statefulset",
      `${CONFIG_MAP} redis-config`,
      `${SECRET} redis-litellm-data`,
      `${SECRET} redis-litellm-gateway`,
      `${SECRET} redis-open-webui-chat`,
      `${SECRET} redis-open-webui-data`,
      `${SECRET} redis-probe-data`,
      "kubernetes:core/v1:Service redis-server-service",
      "llm-platform:data:Redis redis",
      "llm-platform:foundation:Credential redis-litellm",
      "llm-platform:foundation:Credential redis-open-webui",
      "llm-platform:foundation:Credential redis-probe",
      "llm-platform:foundation:Workload redis-server",
      "random:index/randomPassword:RandomPassword redis-litellm-value",
      "random:index/randomPassword:RandomPassword redis-open-webui-value",
      "random:index/randomPassword:RandomPassword redis-probe-value",
    ]));

  it("keeps its data on a claim of the given size and class", async () => {
    const kept = await recordRedis({ persistence: { ...PERSISTENCE, storageClass: "fast" } });
    expect(shown(find(kept, CLAIM, "redis-data"))).to.deep.include({
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "4Gi" } },
        storageClassName: "fast",
      },
    });
    const { owner } = server(kept);
    expect(owner.pod.volumes?.find(({ name }) => name === "data")).to.deep.equal({
      name: "data",
      persistentVolumeClaim: { claimName: "redis-data" },
    });
  });

  it("protects and keeps its volume when it has to, and only that", async () => {
    const { resources } = await recordRedis({ persistence: { ...PERSISTENCE, retain: true } });
    const having = (option: "protect" | "retainOnDelete") =>
      resources.filter((resource) => resource[option]).map(({ name }) => name);
    expect(having("protect")).to.deep.equal(["redis-data"]);
    expect(having("retainOnDelete")).to.deep.equal(["redis-data"]);
    const lax = await recordRedis({ persistence: PERSISTENCE });
    expect(lax.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).to.deep.equal(
      [],
    );
  });

  it("runs the script, which reads every password from the environment", () => {
    const { container } = server(recording);
    expect(container.command).to.deep.equal(["sh", "/etc/redis/start.sh"]);
    expect(container["args"]).to.equal(undefined);
    const secret = (name: string) => find(recording, SECRET, name).id.split("/")[1];
    expect(container.env).to.deep.equal(
      [
        ["PASSWORD_LITELLM", "redis-litellm-data"],
        ["PASSWORD_OPEN_WEBUI", "redis-open-webui-data"],
        ["REDISCLI_AUTH", "redis-probe-data"],
      ].map(([name, from = ""]) => ({
        name,
        valueFrom: { secretKeyRef: { name: secret(from), key: "password" } },
      })),
    );
    expect(find(recording, CONFIG_MAP, "redis-config").inputs["data"]).to.deep.equal({
      "redis.conf": renderConfig({ maxMemoryMi: 256, evictionPolicy: "volatile-lru", persistence: false }),
      "start.sh": renderStart({ litellm: {}, open_webui: { channels: ["socketio"] } }),
    });
  });

  it("logs in to probe itself, and takes an error for one", () => {
    const { startupProbe, readinessProbe, livenessProbe } = server(recording).container;
    for (const probe of [startupProbe, readinessProbe, livenessProbe])
      expect(probe?.exec?.command).to.deep.equal(["valkey-cli", "-e", "--user", "probe", "ping"]);
  });

  it("has memory for its data twice, and writes to its data and to memory alone", () => {
    const { owner, container } = server(recording);
    expect(container.resources).to.deep.equal({
      requests: { cpu: "50m", memory: "256Mi" },
      limits: { memory: "576Mi" },
    });
    expect(owner.pod.volumes).to.deep.equal([
      { name: "data", emptyDir: { sizeLimit: "16Mi" } },
      {
        name: "etc-redis",
        configMap: { name: find(recording, CONFIG_MAP, "redis-config").id.split("/")[1] },
      },
      { name: "run-redis", emptyDir: { sizeLimit: "1Mi", medium: "Memory" } },
    ]);
    expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).to.deep.equal([
      "/data",
      "/etc/redis",
      "/run/redis",
    ]);
    expect(owner.pod.securityContext).to.deep.include({ runAsUser: 999, runAsGroup: 999, fsGroup: 999 });
  });

  it("runs as the owner of a share that squashes all users", async () => {
    const { owner } = server(await recordRedis({ squash: { uid: 1024, gid: 100 } }));
    expect(owner.pod.securityContext).to.deep.include({ runAsUser: 1024, runAsGroup: 100 });
    expect(owner.pod.securityContext).not.to.have.property("fsGroup");
  });

  it("hands over a connection a consumer, its secret in the consumer's own namespace", () =>
    expect(recording.outputs["connections"]).to.deep.equal({
      litellm: connection("litellm", find(recording, SECRET, "redis-litellm-gateway").id),
      open_webui: connection("open_webui", find(recording, SECRET, "redis-open-webui-chat").id),
    }));

  const connection = (consumer: string, secretId: string) => ({
    host: "redis.data.svc.cluster.local",
    port: 6379,
    tls: false,
    url: `redis://${consumer}@redis.data.svc.cluster.local:6379/0`,
    username: consumer,
    prefix: consumer,
    secret: { name: secretId.split("/")[1], key: "password" },
    endpoint: {
      namespace: "data",
      podLabels: { "app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "server" },
      ports: { redis: 6379 },
    },
  });

  it("gives both Secrets of a consumer the same password, and no two consumers one", () => {
    const value = (name: string) => reveal(find(recording, SECRET, name).inputs["stringData"]);
    const password = (name: string) => ({ password: mockPassword(name, 48) });
    expect(value("redis-litellm-data")).to.deep.equal(password("redis-litellm-value"));
    expect(value("redis-litellm-gateway")).to.deep.equal(password("redis-litellm-value"));
    expect(value("redis-open-webui-chat")).to.deep.equal(password("redis-open-webui-value"));
  });

  it("takes a password from where it is told to", async () => {
    const taken = await recordRedis({
      consumers: {
        litellm: { namespace: "gateway", password: { kind: "existing", name: "theirs", key: "k" } },
      },
    });
    expect(objects(taken, "Secret").map(({ resource }) => resource.name)).to.deep.equal(["redis-probe-data"]);
    expect(server(taken).container.env?.[0]).to.deep.equal({
      name: "PASSWORD_LITELLM",
      valueFrom: { secretKeyRef: { name: "theirs", key: "k" } },
    });
  });

  it("restarts for a new password", async () => {
    const rotated = await recordRedis({}, { passwords: { "redis-litellm-value": "another" } });
    expect(server(rotated).owner.pod).to.not.deep.equal(server(recording).owner.pod);
  });

  it("registers nothing when its arguments do not fit", async () => {
    let error: unknown;
    const nothing = await record(() => {
      try {
        new Redis("redis", {
          ...ARGS,
          consumers: { "a-b": { namespace: "x" }, probe: { namespace: "x", channels: ["ok", "*"] } },
          maxMemoryMi: 8,
        });
      } catch (reason) {
        error = reason;
      }
    });
    expect(nothing.resources).to.deep.equal([]);
    expect(pulumi.InputPropertiesError.isInstance(error)).to.equal(true);
    expect((error as { errors?: unknown }).errors).to.deep.equal([
      {
        propertyPath: 'consumers["a-b"]',
        reason: "must match ^[a-z][a-z0-9_]{0,30}$: it names a user, and its keys begin with it",
      },
      { propertyPath: 'consumers["probe"]', reason: "is a name that the server keeps for itself" },
      {
        propertyPath: 'consumers["probe"].channels[1]',
        reason: "must be letters, digits and _ . : - alone: no pattern, no space",
      },
      { propertyPath: "maxMemoryMi", reason: "must be a whole number of MiB, at least 16" },
    ]);
  });
});

describe("validateRedisArgs", () => {
  const paths = (args: Partial<RedisArgs>) =>
    validateRedisArgs({ ...ARGS, ...args }).map(({ propertyPath }) => propertyPath);
  it("finds nothing where all fits", () =>
    expect(paths({ persistence: { storageGi: 1 }, maxMemoryMi: 341 })).to.deep.equal([]));
  for (const consumer of ["default", "probe", "A", "1a", "", "a b", "a:b", "a*", "é", "a".repeat(32)]) {
    it(`refuses the consumer ${JSON.stringify(consumer)}`, () =>
      expect(paths({ consumers: { [consumer]: { namespace: "x" } } })).to.have.length(1));
  }
  for (const maxMemoryMi of [0, -1, 15, 16.5, NaN]) {
    it(`refuses ${maxMemoryMi} MiB`, () => expect(paths({ maxMemoryMi })).to.deep.equal(["maxMemoryMi"]));
  }
  for (const storageGi of [0, 1.5, NaN, 2]) {
    it(`refuses ${storageGi} GiB for 1 GiB of data`, () =>
      expect(paths({ maxMemoryMi: 1024, persistence: { storageGi } })).to.deep.equal([
        "persistence.storageGi",
      ]));
  }
  for (const channel of ["", "*", "a*", "a?", "a[b]", "a b", "~a", "a'b", "a\nb"]) {
    it(`refuses the channel ${JSON.stringify(channel)}`, () =>
      expect(paths({ consumers: { a: { namespace: "x", channels: [channel] } } })).to.deep.equal([
        'consumers["a"].channels[0]',
      ]));
  }
});

describe("renderConfig of Redis", () => {
  it("keeps a log of writes, or nothing", () => {
    expect(renderConfig({ maxMemoryMi: 64, evictionPolicy: "noeviction", persistence: true })).to
      .equal(`bind * -::*
port 6379
protected-mode no
aclfile /run/redis/users.acl
dir /data
maxmemory 64mb
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
`);
    expect(renderConfig({ maxMemoryMi: 64, evictionPolicy: "noeviction", persistence: false })).to.include(
      "\nappendonly no\n",
    );
  });
});

describe("renderStart of Redis", () => {
  /** Runs the script with a stand-in for the server that shows its environment, and shows the users besides. */
  function run(passwords: Readonly<Record<string, string>>) {
    const folder = mkdtempSync(join(tmpdir(), "llm-platform-redis-start-"));
    try {
      writeFileSync(join(folder, "valkey-server"), '#!/bin/sh\necho "$*"\nenv\n');
      chmodSync(join(folder, "valkey-server"), 0o755);
      const script = renderStart({ litellm: {}, a: { channels: ["socketio"] } });
      const out = execFileSync("sh", ["-c", script.replace("/run/redis", folder)], {
        encoding: "utf8",
        env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, ...passwords },
      });
      return { out, users: readFileSync(join(folder, "users.acl"), "utf8") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it("writes the users with hashes of their passwords, and takes the passwords away", () => {
    const { out, users } = run({ REDISCLI_AUTH: "p", PASSWORD_A: "b", PASSWORD_LITELLM: "c d" });
    const hash = (password: string) => createHash("sha256").update(password).digest("hex");
    const commands =
      "+@all -@admin -@dangerous +info -scan -randomkey -client|tracking -pubsub -function -script|flush -script|kill";
    expect(users).to.equal(`user default reset off
user probe reset on #${hash("p")} -@all +ping
user a reset on #${hash("b")} ~a:* &a:* &socketio ${commands}
user litellm reset on #${hash("c d")} ~litellm:* &litellm:* ${commands}
`);
    expect(out)
      .to.match(/^\/etc\/redis\/redis\.conf\n/)
      .and.to.contain("PATH=");
    expect(out).not.to.match(/AUTH|PASSWORD/);
  });

  it("does not depend on order", () =>
    expect(renderStart({ b: {}, a: {} })).to.equal(renderStart({ a: {}, b: {} })));
});

describe("RedisExternal", () => {
  const { server: gateway, migration } = litellmEndpoints("gateway");
  const EXTERNAL: RedisExternalArgs = {
    host: "redis.example.org",
    port: 6380,
    cidrs: ["10.0.0.6/32", "10.0.0.5/32"],
    tls: true,
    username: "default",
    password: { kind: "existing", name: "redis", key: "password" },
    consumers: { litellm: { namespace: "gateway", callers: [gateway] } },
  };

  it("opens the way for the pods that use it, and makes nothing else", async () => {
    const recording = await record(() => {
      new RedisExternal("redis", {
        ...EXTERNAL,
        consumers: {
          ...EXTERNAL.consumers,
          same: { namespace: "gateway", callers: [gateway, migration] },
        },
      });
    });
    expect(objects(recording).map(({ resource }) => resource.name)).to.deep.equal([
      "redis-gateway-litellm-server",
      "redis-gateway-litellm-migration",
    ]);
    const policy = find(
      recording,
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "redis-gateway-litellm-server",
    );
    expect(policy.inputs["metadata"]).to.deep.include({ name: "litellm-server-redis", namespace: "gateway" });
    expect(policy.inputs["spec"]).to.deep.equal({
      podSelector: { matchLabels: gateway.podLabels },
      policyTypes: ["Egress"],
      egress: [
        {
          to: [{ ipBlock: { cidr: "10.0.0.5/32" } }, { ipBlock: { cidr: "10.0.0.6/32" } }],
          ports: [{ protocol: "TCP", port: 6380 }],
        },
      ],
    });
  });

  it("hands over connections of the same form", async () => {
    const { outputs } = await record(() => {
      const { connections } = new RedisExternal("redis", EXTERNAL);
      return { connections };
    });
    expect(outputs["connections"]).to.deep.equal({
      litellm: {
        host: "redis.example.org",
        port: 6380,
        tls: true,
        username: "default",
        url: "rediss://default@redis.example.org:6380/0",
        prefix: "litellm",
        secret: { name: "redis", key: "password" },
      },
    });
  });

  it("finds nothing wrong where all fits", () =>
    expect(validateRedisExternalArgs(EXTERNAL)).to.deep.equal([]));

  const REFUSED: Record<string, [Partial<RedisExternalArgs>, string, string]> = {
    "no address": [{ cidrs: [] }, "cidrs", "must not be empty"],
    "every address": [{ cidrs: ["0.0.0.0/0"] }, "cidrs[0]", "must not be every address"],
    "an address without a range": [
      { cidrs: ["10.0.0.1"] },
      "cidrs[0]",
      "must be a range of addresses (10.0.0.5/32)",
    ],
    "a range of too many bits": [
      { cidrs: ["10.0.0.1/32", "10.0.0.1/33"] },
      "cidrs[1]",
      "must be a range of addresses (10.0.0.5/32)",
    ],
    "a URL for a host": [{ host: "redis://a" }, "host", "must be a host name or an IPv4 address"],
    "a port that is none": [{ port: 65536 }, "port", "must be a port, 1 to 65535"],
    "a user's name with an @": [
      { username: "a@b" },
      "username",
      "must match ^[A-Za-z0-9_.~-]+$: it is part of a URL",
    ],
    "a generated password": [
      { password: { kind: "generated" } },
      "password",
      "must be the one that the server knows",
    ],
    "nobody who connects": [
      { consumers: { litellm: { namespace: "x", callers: [] } } },
      'consumers["litellm"].callers',
      "must not be empty: no pod could connect",
    ],
    "a consumer's name with a dash": [
      { consumers: { "a-b": { namespace: "x", callers: [gateway] } } },
      'consumers["a-b"]',
      "must match ^[a-z][a-z0-9_]{0,30}$: it names a user, and its keys begin with it",
    ],
  };
  for (const [what, [args, propertyPath, reason]] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () =>
      expect(validateRedisExternalArgs({ ...EXTERNAL, ...args })).to.deep.equal([{ propertyPath, reason }]));
  }
});

describe("the feature redis", () => {
  const part = (profile: "dev" | "prod", redis: object = {}): RedisConfigPart => ({
    profile,
    redis: redisSchema.parse(redis),
  });
  const EXTERNAL = { host: "redis.example.org", cidrs: ["10.0.0.5/32"], secretName: "redis" };

  it("has these defaults", () =>
    expect(redisSchema.parse(undefined)).to.deep.equal({
      storageGi: 4,
      maxMemoryMi: 256,
      evictionPolicy: "volatile-lru",
    }));

  it("fills in the rest of an external server", () =>
    expect(redisSchema.parse({ external: EXTERNAL }).external).to.deep.equal({
      ...EXTERNAL,
      port: 6379,
      tls: true,
      username: "default",
      secretKey: "password",
    }));

  for (const redis of [
    { persistance: true },
    { storageGi: 0 },
    { maxMemoryMi: 15 },
    { evictionPolicy: "allkeys-random" },
    { storageClass: "Fast" },
    { external: { ...EXTERNAL, cidrs: [] } },
    { external: { ...EXTERNAL, cidrs: ["0.0.0.0/0"] } },
    { external: { ...EXTERNAL, host: "redis://x" } },
    { external: { ...EXTERNAL, username: "a b" } },
    { external: { ...EXTERNAL, secretName: "Redis" } },
    { external: { ...EXTERNAL, port: 0 } },
    { external: { ...EXTERNAL, password: "x" } },
    { external: {} },
  ]) {
    it(`refuses ${JSON.stringify(redis)}`, () =>
      expect(redisSchema.safeParse(redis).success).to.equal(false));
  }

  it("finds nothing wrong in the defaults", () => {
    expect(redisProblems(part("dev"))).to.deep.equal([]);
    expect(redisProblems(part("prod"))).to.deep.equal([]);
    expect(redisProblems(part("prod", { external: EXTERNAL }))).to.deep.equal([]);
  });

  it("wants a volume that holds the log of writes", () => {
    const redis = { maxMemoryMi: 2048, storageGi: 5 };
    expect(redisProblems(part("prod", redis))).to.deep.equal([
      {
        path: ["redis", "storageGi"],
        value: 5,
        reason: "a server with 2048 MiB of data needs a volume of at least 6 GiB: three times as much",
        fix: "pulumi config set --path 'llm-platform:redis.storageGi' 6",
      },
    ]);
    expect(redisProblems(part("dev", redis))).to.deep.equal([]);
  });

  it("says that a class without a volume does nothing", () =>
    expect(redisProblems(part("dev", { storageClass: "fast" }))).to.deep.equal([
      {
        path: ["redis", "storageClass"],
        value: "fast",
        reason: "there is no volume: the server keeps nothing over restarts (redis.persistence is off)",
        fix: "pulumi config rm --path 'llm-platform:redis.storageClass'  (or: pulumi config set --path 'llm-platform:redis.persistence' true)",
      },
    ]));

  it("says that what is about the stack's own server does nothing for another", () =>
    expect(
      redisProblems(part("prod", { persistence: false, storageClass: "fast", external: EXTERNAL })),
    ).to.deep.equal(
      [
        ["persistence", false],
        ["storageClass", "fast"],
      ].map(([key, value]) => ({
        path: ["redis", key],
        value,
        reason: "is about the stack's own server, and redis.external names another",
        fix: `pulumi config rm --path 'llm-platform:redis.${String(key)}'`,
      })),
    ));

  const build = (config: RedisConfigPart) =>
    record(() => {
      const { connections } = buildRedis(
        config,
        {
          namespace: "data",
          image: IMAGES.redis,
          consumers: { litellm: { namespace: "gateway", callers: [litellmEndpoints("gateway").server] } },
        },
        {},
      );
      return { connections };
    });

  it("keeps data in prod, protected, and none in dev", async () => {
    const claims = async (config: RedisConfigPart) =>
      objects(await build(config), "PersistentVolumeClaim").map(({ resource }) => resource.protect);
    expect(await claims(part("prod"))).to.deep.equal([true]);
    expect(await claims(part("dev"))).to.deep.equal([]);
    expect(await claims(part("dev", { persistence: true }))).to.deep.equal([false]);
    expect(await claims(part("prod", { persistence: false }))).to.deep.equal([]);
  });

  it("makes no server where another is named, and hands over the way to that", async () => {
    const recording = await build(part("prod", { external: EXTERNAL }));
    expect(podOwners(recording)).to.deep.equal([]);
    expect(recording.outputs["connections"]).to.have.nested.property(
      "litellm.url",
      "rediss://default@redis.example.org:6379/0",
    );
  });
});
