import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import {
  PostgresOperator,
  type PostgresOperatorArgs,
} from "../../../../../components/postgres/cnpg/operator.ts";
import { find, inventory, record, shown } from "../../../../harness.ts";
import { comesAfter } from "../../../../invariants/lifecycle.ts";
import { refusal } from "../../../../refusal.ts";
import { API_SERVER, POLICY } from "./fixtures.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("PostgresOperator", () => {
  const OPERATOR: PostgresOperatorArgs = {
    namespace: "cnpg-system",
    image: IMAGES.postgresOperator,
    watchNamespaces: ["data"],
    replicas: 2,
    apiServer: API_SERVER,
  };
  const recordOperator = (args: Partial<PostgresOperatorArgs> = {}) =>
    record(() => {
      new PostgresOperator("postgres-operator", { ...OPERATOR, ...args });
    });

  it("makes the release, after the way to the API server is open", async () => {
    const recording = await recordOperator();
    expect(inventory(recording)).to.deep.equal([
      `${RELEASE} postgres-operator-release`,
      `${POLICY} postgres-operator-api-server`,
      "llm-platform:data:PostgresOperator postgres-operator",
    ]);
    const release = find(recording, RELEASE, "postgres-operator-release");
    expect(release.inputs).to.deep.include({
      name: "cloudnative-pg",
      namespace: "cnpg-system",
      chart: "cloudnative-pg",
      version: "0.29.0",
      repositoryOpts: { repo: "https://cloudnative-pg.github.io/charts" },
      timeout: 600,
      values: {
        replicaCount: 2,
        image: { repository: "ghcr.io/cloudnative-pg/cloudnative-pg", tag: "1.30.0" },
        podLabels: {
          "app.kubernetes.io/component": "operator",
          "app.kubernetes.io/part-of": "llm-platform",
        },
        config: { data: { WATCH_NAMESPACE: "data" } },
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      },
    });
    const policy = find(recording, POLICY, "postgres-operator-api-server");
    expect([...comesAfter(recording, release)]).to.include(policy.urn);
    expect(shown(policy)).to.have.nested.property("metadata.namespace", "cnpg-system");
    expect(release.protect).to.equal(false);
  });

  it("takes the chart from a mirror or a folder, and protects the release when it has to", async () => {
    const chart = { chart: "oci://registry.example.org/cnpg", version: "0.29.0" };
    const image = { ...IMAGES.postgresOperator, digest: "sha256:0a" };
    const recording = await recordOperator({ chart, image, retain: true });
    const release = find(recording, RELEASE, "postgres-operator-release");
    expect(release.inputs).to.have.deep.nested.property("values.image.tag", "1.30.0@sha256:0a");
    expect(release.inputs).to.deep.include(chart);
    expect(release.inputs).to.not.have.property("repositoryOpts");
    expect(release.protect).to.equal(true);
  });

  it("registers nothing when its arguments do not fit", async () => {
    const { errors, registered } = await refusal(
      () =>
        new PostgresOperator("o", {
          ...OPERATOR,
          watchNamespaces: [],
          replicas: 0,
          apiServer: { cidrs: [], port: 6443 },
        }),
    );
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      { propertyPath: "apiServer.cidrs", reason: "must not be empty: an empty list means every address" },
      { propertyPath: "watchNamespaces", reason: "must not be empty: it would mean every one" },
      { propertyPath: "replicas", reason: "must be a whole number, at least 1" },
    ]);
  });
});
