import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import { litellmEndpoints } from "../../../../../components/litellm/endpoints.ts";
import "../../../../../stacks/config.ts";
import { buildRedis } from "../../../../../stacks/features/redis/build.ts";
import { type RedisConfigPart, redisProblems } from "../../../../../stacks/features/redis/rules.ts";
import { redisSchema } from "../../../../../stacks/features/redis/schema.ts";
import { record } from "../../../../harness.ts";
import { objects, podOwners } from "../../../../kubernetes.ts";

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

  it("requires a volume that is large enough for the log of writes", () => {
    const redis = { maxMemoryMi: 2048, storageGi: 5 };
    expect(redisProblems(part("prod", redis))).to.deep.equal([
      {
        path: ["redis", "storageGi"],
        value: 5,
        reason: "a server with 2048 MiB of data needs a volume of at least 6 GiB: three times the data",
        fix: "pulumi config set --path 'llm-platform:redis.storageGi' 6",
      },
    ]);
    expect(redisProblems(part("dev", redis))).to.deep.equal([]);
  });

  it("reports a class without a volume", () =>
    expect(redisProblems(part("dev", { storageClass: "fast" }))).to.deep.equal([
      {
        path: ["redis", "storageClass"],
        value: "fast",
        reason: "has no effect: the server has no volume (redis.persistence is off)",
        fix: "pulumi config rm --path 'llm-platform:redis.storageClass'  (or: pulumi config set --path 'llm-platform:redis.persistence' true)",
      },
    ]));

  it("reports keys of the stack's own server next to an external one", () =>
    expect(
      redisProblems(part("prod", { persistence: false, storageClass: "fast", external: EXTERNAL })),
    ).to.deep.equal(
      [
        ["persistence", false],
        ["storageClass", "fast"],
      ].map(([key, value]) => ({
        path: ["redis", key],
        value,
        reason: "applies only to the stack's own server, and redis.external is set",
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

  it("creates no server with an external one, and returns its connections", async () => {
    const recording = await build(part("prod", { external: EXTERNAL }));
    expect(podOwners(recording)).to.deep.equal([]);
    expect(recording.outputs["connections"]).to.have.nested.property(
      "litellm.url",
      "rediss://default@redis.example.org:6379/0",
    );
  });
});
