import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import { exposureSchema } from "../../../../../stacks/schema/exposure.ts";
import { gatewaySchema } from "../../../../../stacks/features/gateway/schema.ts";
import { HOSTED, type Input, LARGE, MOCK, PRICE } from "./fixtures.ts";

describe("the gateway's section", () => {
  it("has these defaults", () =>
    expect(gatewaySchema.parse(undefined)).to.deep.equal({
      delivery: "manifests",
      chart: {
        source: "oci://ghcr.io/berriai/litellm-helm",
        version: IMAGES.litellm.tag.slice(1),
        timeoutSeconds: 600,
      },
      database: true,
      failClosed: true,
      replicas: 1,
      cacheTtlSeconds: 0,
      cacheScope: "key",
      adminInterface: false,
      router: { retries: 2, timeoutSeconds: 600, fallbacks: {} },
      models: [],
      teams: {},
      keys: {},
      exposure: exposureSchema.parse(undefined),
    }));

  it("takes all that there is", () =>
    expect(
      gatewaySchema.safeParse({
        delivery: "helm",
        chart: { source: "oci://mirror.example.org/litellm-helm", version: "1.108.11" },
        replicas: 2,
        autoscale: { maxReplicas: 6 },
        cacheTtlSeconds: 60,
        cacheScope: "team",
        adminInterface: true,
        router: { fallbacks: { large: ["hosted"] } },
        models: [{ ...LARGE, price: PRICE }, { ...HOSTED, price: PRICE, apiKey: "modelServerKey" }, MOCK],
        teams: { research: { budget: { usd: 100 }, models: ["large"] } },
        keys: { "open-webui": { team: "research", requestsPerMinute: 60, tokensPerMinute: 1000 } },
      }).error,
    ).to.equal(undefined));

  for (const [what, input, path] of [
    ["an unknown delivery", { delivery: "kustomize" }, "delivery"],
    ["a chart version that moves", { chart: { version: "latest" } }, "chart.version"],
    ["a range of chart versions", { chart: { version: "^1.0.0" } }, "chart.version"],
    ["an unknown key", { failclosed: true }, ""],
    ["no pods", { replicas: 0 }, "replicas"],
    ["an unknown provider", { models: [{ ...LARGE, provider: "acme" }] }, "models.0.provider"],
    ["a key's value for its name", { models: [{ ...LARGE, apiKey: "sk-123" }] }, "models.0.apiKey"],
    [
      "a private address as a provider's",
      { models: [{ ...LARGE, apiBase: "https://10.0.0.1" }] },
      "models.0.apiBase",
    ],
    ["a server without its pods", { models: [{ ...HOSTED, server: undefined }] }, "models.0.server"],
    [
      "a server without a port",
      { models: [{ ...HOSTED, server: { ...HOSTED.server, port: 0 } }] },
      "models.0.server.port",
    ],
    ["an address that is none", { models: [{ ...HOSTED, apiBase: "vllm:8000" }] }, "models.0.apiBase"],
    [
      "half a price",
      { models: [{ ...HOSTED, price: { inputPerMillionTokens: 1 } }] },
      "models.0.price.outputPerMillionTokens",
    ],
    [
      "a price below nothing",
      { models: [{ ...HOSTED, price: { ...PRICE, inputPerMillionTokens: -1 } }] },
      "models.0.price.inputPerMillionTokens",
    ],
    ["a budget of nothing", { keys: { a: { budget: { usd: 0 } } } }, "keys.a.budget.usd"],
    [
      "a period that is none",
      { keys: { a: { budget: { usd: 1, period: "monthly" } } } },
      "keys.a.budget.period",
    ],
    ["a list of no models", { teams: { a: { models: [] } } }, "teams.a.models"],
    ["a name with capitals", { keys: { Alice: {} } }, "keys.Alice"],
  ] as [string, Input, string][]) {
    it(`refuses ${what}`, () =>
      expect(
        gatewaySchema
          .safeParse({ models: [MOCK], ...input })
          .error?.issues.map((issue) => issue.path.join(".")),
      ).to.deep.equal([path]));
  }
});
