import { expect } from "chai";
import "../../../../../stacks/config.ts";
import { buildTracing } from "../../../../../stacks/features/tracing/build.ts";
import { postgresSchema } from "../../../../../stacks/features/postgres/schema.ts";
import { tracingProblems } from "../../../../../stacks/features/tracing/rules.ts";
import { tracingSchema } from "../../../../../stacks/features/tracing/schema.ts";
import { record } from "../../../../harness.ts";
import { ARGS, outputsOf, variables } from "../../../components/phoenix/fixtures.ts";

describe("the feature tracing", () => {
  const tracing = tracingSchema.parse({});
  const problems = (section: unknown, postgres = {}) =>
    tracingProblems({ tracing: tracingSchema.parse(section), postgres: postgresSchema.parse(postgres) });

  it("has these defaults", () =>
    expect(tracing).to.deep.equal({
      delivery: "manifests",
      chart: {
        source: "oci://registry-1.docker.io/arizephoenix/phoenix-helm",
        version: "12.0.4",
        timeoutSeconds: 2100,
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

  it("needs the size of an external database for the chart, which would name another", () => {
    const sized = (storageGi?: number) => ({ mode: "external", external: { storageGi } });
    expect(problems({}, sized())).to.deep.equal([]);
    expect(problems({ delivery: "helm" }, sized(100))).to.deep.equal([]);
    expect(problems({ delivery: "helm" }, sized())).to.deep.equal([
      {
        path: ["postgres", "external", "storageGi"],
        reason:
          "is required: the official chart of Phoenix needs the size of the database's storage (tracing.delivery is helm)",
        fix: "pulumi config set --path 'llm-platform:postgres.external.storageGi' 100",
      },
    ]);
  });

  it("refuses a time-out of the release that is shorter than a start", () =>
    expect(tracingSchema.safeParse({ chart: { timeoutSeconds: 1799 } }).success).to.equal(false));

  it("needs the address if the exposure has none", () =>
    expect(problems({ exposure: { kind: "nodePort", nodePort: 30060, openToAll: true } })).to.deep.equal([
      {
        path: ["tracing", "publicUrl"],
        reason: "is required with an exposure of kind nodePort: requests with any other address are rejected",
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
});
