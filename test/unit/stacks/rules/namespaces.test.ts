import { expect } from "chai";
import { formatPath, jsonSchema, type SchemaNode } from "../../../../stacks/config-problem.ts";
import { modelNamespaces } from "../../../../stacks/features/gateway/raw-models.ts";
import { existingNamespaces, madeNamespaces } from "../../../../stacks/plan.ts";
import { objects } from "../../../kubernetes.ts";
import { API_SERVER_CIDRS, platformConfig, runStack, type Settings } from "../../../program.ts";

const KYVERNO = {
  "features.security": true,
  "security.engine": "kyverno",
  "security.kyverno.apiServer.cidrs": API_SERVER_CIDRS,
};
const EVERYTHING: Settings = { ...KYVERNO, "network.probe": true, "network.enforcer": "unknown" };

/** The keys that name a namespace, and where its rule is, by what the stack does with it. */
const KEYS = {
  "postgres.cluster.operator.namespace": "made",
  "security.kyverno.namespace": "made",
  "storage.driver.namespace": "existing",
  "ingressController.namespace": "existing",
  "gateway.models[].server.namespace": "existing",
  "inference[].namespace": "rules.ts of the feature",
  "monitoring.namespace": "rules.ts of the feature",
  "nats.users[].namespace": "user-pods.ts: a Secret, and nothing else, is made there",
  "etcd.users[].namespace": "user-pods.ts: a Secret, and nothing else, is made there",
  "gateway.exposure.gatewayNamespace": "only in a route",
  "tracing.exposure.gatewayNamespace": "only in a route",
  "chat.exposure.gatewayNamespace": "only in a route",
};

function keys(node: SchemaNode, path = ""): string[] {
  const children = [
    ...Object.entries(node.properties ?? {}).map(([key, child]) => [`${path}.${key}`, child] as const),
    ...(node.items === undefined ? [] : [[`${path}[]`, node.items] as const]),
    ...(node.oneOf ?? []).map((child) => [path, child] as const),
    ...(node.additionalProperties ? [[`${path}.<name>`, node.additionalProperties] as const] : []),
  ];
  return children.flatMap(([at, child]) => [at, ...keys(child, at)]);
}

describe("the namespaces that a configuration names", () => {
  it("have a rule each", () => {
    const named = keys(jsonSchema()).filter((path) => /\.(gatewayN|n)amespace$/.test(path));
    expect([...new Set(named)].map((path) => path.slice(1)).sort()).to.deep.equal(Object.keys(KEYS).sort());
  });

  for (const stack of ["dev", "prod"]) {
    it(`are known before they are created: ${stack}`, async () => {
      const made = madeNamespaces(platformConfig(stack, EVERYTHING)).map(({ namespace }) => namespace);
      const there = objects(await runStack(stack, EVERYTHING), "Namespace").map(({ name }) => name);
      expect(there).to.include("kyverno");
      expect(made).to.include.members(there);
    });
  }

  it("are reported with the keys that set them", () => {
    const config = platformConfig("prod", EVERYTHING);
    expect([...new Set(madeNamespaces(config).map(({ path }) => formatPath(path)))]).to.deep.equal([
      "namespacePrefix",
      "tenants.lab",
      "postgres.cluster.operator.namespace",
      "security.kyverno.namespace",
    ]);
    expect(existingNamespaces(config)).to.deep.equal([]);
    expect(modelNamespaces([{ name: "a" }, { server: { namespace: "models" } } as object])).to.deep.equal([
      { path: ["gateway", "models", 1, "server", "namespace"], namespace: "models" },
    ]);
  });

  it("that exist get no Namespace and no network policy", async () => {
    const recording = await runStack("prod", {
      ...KYVERNO,
      "security.kyverno.apiServer.cidrs": undefined,
      "security.kyverno.namespace": "operators",
      "security.kyverno.namespaceExists": true,
      "postgres.cluster.operator.namespace": "operators",
      "postgres.cluster.operator.namespaceExists": true,
    });
    const releases = recording.resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    const inOperators = releases.filter(({ inputs }) => inputs["namespace"] === "operators");
    expect(inOperators.map(({ inputs }) => inputs["name"]).sort()).to.deep.equal([
      "cloudnative-pg",
      "kyverno",
    ]);
    expect(objects(recording, "Namespace").map(({ name }) => name)).to.not.include("operators");
    const policies = objects(recording, "NetworkPolicy");
    expect(policies.filter(({ namespace }) => namespace === "operators")).to.deep.equal([]);
    // The operator's pods are let in to the instances as those of another.
    const instances = policies.find(({ name }) => name === "postgresql-database");
    expect(JSON.stringify(instances?.manifest.spec)).to.include('"kubernetes.io/metadata.name":"operators"');
  });
});
