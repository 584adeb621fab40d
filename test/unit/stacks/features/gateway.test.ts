import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../../../components/core/images.ts";
import { workloadLabels } from "../../../../components/core/labels.ts";
import { describeEdge } from "../../../../components/core/network/index.ts";
import {
  buildGateway,
  gatewayEdges,
  type GatewayInputs,
  modelsOf,
} from "../../../../stacks/features/gateway.ts";
import { find, record } from "../../../harness.ts";
import { DATABASE, REDIS, TRACING, variables } from "../../components/litellm/fixtures.ts";
import { HOSTED, type Input, LARGE, MOCK, parse } from "./gateway-fixtures.ts";

describe("gatewayEdges", () => {
  const edges = (gateway: Input, others: Partial<Parameters<typeof gatewayEdges>[1]> = {}) =>
    gatewayEdges(parse(gateway), { namespace: "gateway", ...others }).map(describeEdge);

  it("are those of what the gateway uses, and of its exposure", () =>
    expect(
      edges(
        { models: [LARGE, HOSTED, { ...HOSTED, name: "same" }, MOCK] },
        {
          database: DATABASE.endpoint,
          redis: REDIS.endpoint,
          tracing: { ...TRACING.endpoint, ports: { ...TRACING.endpoint.ports, grpc: 4317 } },
          exposure: { kind: "nodePort", nodePort: 30_444, sources: ["192.0.2.0/24"] },
        },
      ),
    ).to.deep.equal([
      "gateway/litellm-migration -> data/postgres-server:postgres",
      "gateway/litellm-server -> data/postgres-server:postgres",
      "gateway/litellm-keys -> gateway/litellm-server:http",
      "gateway/litellm-server -> data/redis-server:redis",
      "gateway/litellm-server -> models/vllm-server:http",
      "gateway/litellm-server -> tracing/phoenix-server:http",
      "gateway/litellm-server -> internet:443",
      "outside 192.0.2.0/24 -> gateway/litellm-server:http",
    ]));

  it("end at the chart's pods where the chart delivers them", () =>
    expect(edges({ delivery: "helm" })).to.deep.equal([
      "gateway/litellm-keys -> gateway/litellm-proxy:http",
    ]));

  it("are none for a mock without a database", () => expect(edges({ database: false })).to.deep.equal([]));

  it("name the pods' port, and never the Service's", () =>
    expect(gatewayEdges(parse({ models: [HOSTED] }), { namespace: "g" }).at(-1)?.to).to.deep.equal({
      namespace: "models",
      podLabels: { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/component": "server" },
      ports: { http: 8000 },
      foreign: true,
    }));
});

describe("buildGateway", () => {
  const build = (gateway: Input, inputs: Partial<GatewayInputs> = {}) =>
    record(() => {
      const { connections } = buildGateway(
        parse(gateway),
        {
          namespace: "gateway",
          image: IMAGES.litellm,
          apiKeys: {},
          database: DATABASE,
          consumers: { "open-webui": { namespace: "chat" } },
          exposure: { kind: "none" },
          retain: false,
          ...inputs,
        },
        {},
      );
      return { connections };
    });

  it("gives applications their keys where they are, and configured keys to the gateway's namespace", async () => {
    const recording = await build({
      keys: { alice: { requestsPerMinute: 5 }, "open-webui": { tokensPerMinute: 7 } },
    });
    const secrets = Object.values(
      recording.outputs["connections"] as Record<string, { secret: { name: string } }>,
    );
    expect(secrets.map(({ secret }) => secret.name.replace(/-[^-]*$/, ""))).to.deep.equal([
      "litellm-key-alice-gateway",
      "litellm-key-open-webui-chat",
    ]);
    const { data } = find(recording, "kubernetes:core/v1:ConfigMap", "litellm-keys").inputs as {
      readonly data: Readonly<Record<string, string>>;
    };
    const { keys } = JSON.parse(data["registrations.json"] ?? "") as {
      readonly keys: readonly { name: string; limits: Input }[];
    };
    expect(keys.map(({ name, limits }) => [name, limits["rpm_limit"], limits["tpm_limit"]])).to.deep.equal([
      ["alice", 5, null],
      ["open-webui", null, 7],
    ]);
  });

  it("builds the chart that is configured", async () => {
    const chart = { source: "./charts/litellm-helm", timeoutSeconds: 60 };
    const release = find(
      await build({ delivery: "helm", chart }),
      "kubernetes:helm.sh/v3:Release",
      "litellm-release",
    );
    expect(release.inputs).to.deep.include({ chart: "./charts/litellm-helm", timeout: 60 });
  });

  it("hands on what it is handed", async () => {
    const recording = await build(
      { models: [LARGE] },
      {
        apiKeys: { openrouterApiKey: { kind: "existing", name: "provider", key: "k" } },
        redis: REDIS,
        tracing: TRACING,
      },
    );
    expect(variables(recording, "server")).to.deep.include({
      API_KEY_OPENROUTER_API_KEY: { name: "provider", key: "k" },
      REDIS_PASSWORD: REDIS.secret,
      PHOENIX_API_KEY: TRACING.secret,
    });
  });

  it("passes on models with their endpoints", () =>
    expect(modelsOf(parse({ models: [HOSTED] }))[0]).to.deep.include({
      provider: "self-hosted",
      server: {
        namespace: "models",
        podLabels: workloadLabels("vllm", "server"),
        ports: { http: 8000 },
        foreign: true,
      },
    }));

  it("warns of a model without a price", async () => {
    const told: string[] = [];
    const { warn } = pulumi.log;
    Object.assign(pulumi.log, { warn: (text: string) => void told.push(text) });
    try {
      await build({ models: [HOSTED] });
    } finally {
      Object.assign(pulumi.log, { warn });
    }
    expect(told).to.have.length(1);
  });
});
