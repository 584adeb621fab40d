import { expect } from "chai";
import type { Edge } from "../../../../components/core/network/endpoint.ts";
import { describeEdge } from "../../../../components/core/network/index.ts";
import {
  buildTracing,
  type TracingConfigPart,
  tracingEdges,
  tracingProblems,
  tracingSchema,
} from "../../../../stacks/features/tracing.ts";
import { record } from "../../../harness.ts";
import { DATABASE } from "../../components/litellm/fixtures.ts";
import { ARGS, NODE_PORT, outputsOf, variables } from "../../components/phoenix/fixtures.ts";

describe("the feature tracing", () => {
  const tracing = tracingSchema.parse({});
  const problems = (section: unknown, features: Partial<TracingConfigPart["features"]> = {}) =>
    tracingProblems({ features: { postgres: true, ...features }, tracing: tracingSchema.parse(section) });

  it("has these defaults", () =>
    expect(tracing).to.deep.equal({
      delivery: "manifests",
      chart: {
        source: "oci://registry-1.docker.io/arizephoenix/phoenix-helm",
        version: "12.0.4",
        timeoutSeconds: 600,
      },
      retentionDays: 30,
      gatewayProject: "gateway",
      metrics: false,
      replicas: 1,
      exposure: { kind: "none", sourceRanges: [], openToAll: false },
    }));

  it("finds nothing wrong with them", () => expect(problems({})).to.deep.equal([]));

  for (const section of [{ retentionDays: -1 }, { gatewayProject: " " }, { replicas: 0 }, { retention: 1 }]) {
    it(`refuses ${JSON.stringify(section)}`, () =>
      expect(tracingSchema.safeParse(section).success).to.equal(false));
  }

  it("needs PostgreSQL", () =>
    expect(problems({}, { postgres: false })).to.deep.equal([
      {
        path: ["features", "postgres"],
        value: false,
        reason: "Phoenix keeps its traces in PostgreSQL (features.tracing is on)",
        fix:
          "pulumi config set --path 'llm-platform:features.postgres' true  " +
          "(or: pulumi config set --path 'llm-platform:features.tracing' false)",
      },
    ]));

  it("needs the address where the exposure says none", () =>
    expect(problems({ exposure: { kind: "nodePort", nodePort: 30060, openToAll: true } })).to.deep.equal([
      {
        path: ["tracing", "publicUrl"],
        reason:
          "is required with an exposure of the kind nodePort: requests from any other address are refused",
        fix: "pulumi config set --path 'llm-platform:tracing.publicUrl' https://llm.example.org",
      },
    ]));

  const ingress = { kind: "ingress", host: "traces.example.org", ingressClass: "nginx", tlsSecret: "tls" };
  it("refuses an address that is not the exposure's", () =>
    expect(problems({ publicUrl: "https://other.example.org", exposure: ingress })).to.deep.equal([
      {
        path: ["tracing", "publicUrl"],
        value: "https://other.example.org",
        reason: "is not the address of the exposure, https://traces.example.org",
        fix: "pulumi config rm --path 'llm-platform:tracing.publicUrl'",
      },
    ]));

  it("builds Phoenix with the address of its exposure", async () => {
    const built = await record(() =>
      outputsOf(
        buildTracing(
          tracingSchema.parse({ exposure: ingress, retentionDays: 7 }),
          { ...ARGS, exposure: { kind: "none" }, retain: false },
          {},
        ),
      ),
    );
    expect(variables(built)).to.include({
      PHOENIX_ROOT_URL: "https://traces.example.org",
      PHOENIX_DEFAULT_RETENTION_POLICY_DAYS: "7",
    });
  });

  it("has these edges", () => {
    const edges: Edge[] = tracingEdges("tracing", {
      database: DATABASE.endpoint,
      exposure: { ...NODE_PORT, nodePort: 30060 },
    });
    expect(edges.map(describeEdge)).to.deep.equal([
      "tracing/phoenix-server -> data/postgres-server:postgres",
      "outside 192.168.1.0/24 -> tracing/phoenix-server:http",
    ]);
    expect(tracingEdges("tracing", { database: undefined, exposure: { kind: "none" } })).to.deep.equal([]);
  });
});
