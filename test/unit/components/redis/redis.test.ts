import { expect } from "chai";
import { IMAGES } from "../../../../components/core/images.ts";
import type { RedisArgs } from "../../../../components/redis/args.ts";
import { Redis } from "../../../../components/redis/index.ts";
import { renderConfig } from "../../../../components/redis/render-config.ts";
import { renderLiveness, renderStart } from "../../../../components/redis/render-start.ts";
import { validateRedisArgs } from "../../../../components/redis/validate-args.ts";
import {
  find,
  inventory,
  mockPassword,
  record,
  type Recording,
  type RecordOptions,
  shown,
} from "../../../harness.ts";
import { objects, onlyPods } from "../../../kubernetes.ts";
import { refusal } from "../../../refusal.ts";
import { reveal } from "../../../secrets.ts";

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
    const { owner } = onlyPods(kept);
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
    const { container } = onlyPods(recording);
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
      "alive.sh": renderLiveness(),
    });
  });

  it("logs in to probe itself, and takes an error for one", () => {
    const { startupProbe, readinessProbe, livenessProbe } = onlyPods(recording).container;
    for (const probe of [startupProbe, readinessProbe])
      expect(probe?.exec?.command).to.deep.equal(["valkey-cli", "-e", "--user", "probe", "ping"]);
    expect(livenessProbe?.exec?.command).to.deep.equal(["sh", "/etc/redis/alive.sh"]);
  });

  it("has twice the memory of its data, and writes only to its data and to memory", () => {
    const { owner, container } = onlyPods(recording);
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
    const { owner } = onlyPods(await recordRedis({ squash: { uid: 1024, gid: 100 } }));
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

  it("uses the configured source of a password", async () => {
    const taken = await recordRedis({
      consumers: {
        litellm: { namespace: "gateway", password: { kind: "existing", name: "theirs", key: "k" } },
      },
    });
    expect(objects(taken, "Secret").map(({ resource }) => resource.name)).to.deep.equal(["redis-probe-data"]);
    expect(onlyPods(taken).container.env?.[0]).to.deep.equal({
      name: "PASSWORD_LITELLM",
      valueFrom: { secretKeyRef: { name: "theirs", key: "k" } },
    });
  });

  it("restarts for a new password", async () => {
    const rotated = await recordRedis({}, { passwords: { "redis-litellm-value": "another" } });
    expect(onlyPods(rotated).owner.pod).to.not.deep.equal(onlyPods(recording).owner.pod);
  });

  it("registers nothing when its arguments do not fit", async () => {
    const { errors, registered } = await refusal(() => {
      new Redis("redis", {
        ...ARGS,
        consumers: { "a-b": { namespace: "x" }, probe: { namespace: "x", channels: ["ok", "*"] } },
        maxMemoryMi: 8,
      });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      {
        propertyPath: 'consumers["a-b"]',
        reason: "must match ^[a-z][a-z0-9_]{0,30}$: it names a user, and its keys begin with it",
      },
      { propertyPath: 'consumers["probe"]', reason: "is a name that the server keeps for itself" },
      {
        propertyPath: 'consumers["probe"].channels[1]',
        reason: "must contain only letters, digits and _ . : -",
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
