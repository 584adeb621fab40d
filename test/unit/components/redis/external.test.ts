import { expect } from "chai";
import { litellmEndpoints } from "../../../../components/litellm/endpoints.ts";
import type { RedisExternalArgs } from "../../../../components/redis/external/args.ts";
import { RedisExternal } from "../../../../components/redis/external/index.ts";
import { validateRedisExternalArgs } from "../../../../components/redis/external/validate-args.ts";
import { find, record } from "../../../harness.ts";
import { objects } from "../../../kubernetes.ts";

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
    "every address": [
      { cidrs: ["0.0.0.0/0"] },
      "cidrs[0]",
      "must be a range of /8 or longer: 0.0.0.0/0 is every address",
    ],
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
      "must be a configured value, because the server is external",
    ],
    "no pod that connects": [
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
