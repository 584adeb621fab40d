import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { KYVERNO_CHART } from "../../../../components/kyverno/chart.ts";
import { kyvernoEdges } from "../../../../components/kyverno/endpoints.ts";
import {
  engineProblem,
  engineWarning,
  policyKind,
  signatureProblem,
} from "../../../../components/kyverno/engine.ts";
import type { KyvernoArgs } from "../../../../components/kyverno/args.ts";
import { Kyverno } from "../../../../components/kyverno/index.ts";
import { renderValues } from "../../../../components/kyverno/render-values.ts";
import { renderApiServerEgress } from "../../../../components/core/network/api-server.ts";
import { describeEdge } from "../../../../components/core/network/index.ts";
import { catalog, readModule } from "../../../../sandbox/tools/catalog.ts";
import { find, inventory, record, shown } from "../../../harness.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const API_SERVER = { cidrs: ["192.0.2.11/32", "192.0.2.10/32"], port: 6443 };
const ARGS: KyvernoArgs = { namespace: "kyverno", apiServer: API_SERVER };

const recordKyverno = (args: Partial<KyvernoArgs> = {}) =>
  record(() => new Kyverno("kyverno", { ...ARGS, ...args }));

describe("Kyverno", () => {
  it("makes a policy for the Kubernetes API, and the release", async () =>
    expect(inventory(await recordKyverno())).to.deep.equal([
      `${RELEASE} kyverno-release`,
      `${POLICY} kyverno-api-server`,
      "llm-platform:security:Kyverno kyverno",
    ]));

  it("installs the chart from its repository, and takes a failed upgrade back", async () => {
    const { values, ...inputs } = find(await recordKyverno(), RELEASE, "kyverno-release").inputs;
    expect(values).to.deep.equal(renderValues({ highAvailability: false }));
    expect(inputs).to.deep.equal({
      compat: "true",
      name: "kyverno",
      namespace: "kyverno",
      chart: "kyverno",
      version: "3.9.1",
      repositoryOpts: { repo: "https://kyverno.github.io/kyverno/" },
      timeout: 600,
    });
  });

  it("installs the chart of a mirror or a folder as well, and images of a mirror", async () => {
    const chart = { chart: "oci://registry.example.org/charts/kyverno", version: "3.9.1" };
    const registry = "registry.example.org/kyverno";
    const { inputs } = find(
      await recordKyverno({ chart, registry, highAvailability: true }),
      RELEASE,
      "kyverno-release",
    );
    expect(inputs).to.include(chart).and.not.to.have.property("repositoryOpts");
    expect(inputs["values"]).to.deep.equal(renderValues({ highAvailability: true, registry }));
  });

  it("lets every pod of its namespace call the Kubernetes API before the first one starts", async () => {
    const recording = await recordKyverno();
    const policy = find(recording, POLICY, "kyverno-api-server");
    expect(shown(policy)).to.deep.equal({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: {
        name: "kyverno-api-server",
        namespace: "kyverno",
        labels: {
          "app.kubernetes.io/name": "kyverno",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
      },
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "192.0.2.10/32" } }, { ipBlock: { cidr: "192.0.2.11/32" } }],
            ports: [
              { protocol: "TCP", port: 443 },
              { protocol: "TCP", port: 6443 },
            ],
          },
        ],
      },
    });
    expect(find(recording, RELEASE, "kyverno-release").dependencies).to.include(policy.urn);
  });

  it("never renders a way to every address", () => {
    expect(() => renderApiServerEgress("kyverno", "kyverno", { cidrs: [], port: 6443 })).to.throw(
      "NetworkPolicy kyverno/kyverno-api-server: no address",
    );
  });
});

describe("edges of Kyverno", () => {
  const edges = (verifiesImages: boolean) =>
    kyvernoEdges("kyverno", API_SERVER, verifiesImages).map(describeEdge);

  it("admit the API server to the webhooks, and allow no egress", () =>
    expect(edges(false)).to.deep.equal([
      "outside 192.0.2.11/32,192.0.2.10/32 -> kyverno/kyverno-admission-controller-admission-controller:webhook",
      "outside 192.0.2.11/32,192.0.2.10/32 -> kyverno/kyverno-cleanup-controller-cleanup-controller:webhook",
    ]));

  it("let the admission controller out to registries where it looks at signatures", () =>
    expect(edges(true).slice(2)).to.deep.equal([
      "kyverno/kyverno-admission-controller-admission-controller -> internet:443",
    ]));
});

describe("values of Kyverno's chart", () => {
  const [prod, dev] = [renderValues({ highAvailability: true }), renderValues({ highAvailability: false })];
  const replicas = (values: typeof prod) =>
    [
      values.admissionController,
      values.backgroundController,
      values.cleanupController,
      values.reportsController,
    ].map((controller) => controller.replicas);

  it("have three pods in the way of every request in prod, two of each other, and a budget", () => {
    expect(replicas(prod)).to.deep.equal([3, 2, 2, 2]);
    expect(prod.admissionController.podDisruptionBudget).to.deep.equal({ minAvailable: 2 });
  });

  it("have one of each in dev", () => {
    expect(replicas(dev)).to.deep.equal([1, 1, 1, 1]);
    expect(dev.admissionController).to.not.have.property("podDisruptionBudget");
  });

  it("take the webhooks away with the pods, and keep nothing", () => {
    expect(prod.webhooksCleanup).to.deep.equal({ enabled: true });
    expect(prod.config.preserve).to.equal(false);
  });

  it("have no exceptions, and no way to open what cannot be asked", () =>
    expect(prod.features).to.deep.equal({
      policyExceptions: { enabled: false },
      forceFailurePolicyIgnore: { enabled: false },
    }));

  it("take every image from a mirror, those of the hooks too", () => {
    const { global, webhooksCleanup } = renderValues({
      highAvailability: false,
      registry: "mirror.example.org",
    });
    expect(global).to.deep.equal({ image: { registry: "mirror.example.org" } });
    expect(webhooksCleanup.image).to.deep.equal({ registry: "mirror.example.org" });
  });
});

describe("the engine that a chart installs", () => {
  it("is the one that the tests run, by default", () => {
    const [, minor = "", patch = ""] = KYVERNO_CHART.version.split(".");
    const engine = `v1.${Number(minor) + 10}.${patch}`;
    expect(readModule(catalog.kyverno).version).to.equal(engine);
    expect([engineProblem(KYVERNO_CHART.version), engineWarning(KYVERNO_CHART.version)]).to.deep.equal([
      undefined,
      undefined,
    ]);
  });

  for (const [version, reason] of [
    ["3.2.9", "installs Kyverno 1.12: it needs 1.13 for the policies of the platform"],
    ["2.7.5", "is not a chart 3.x: the policies that its engine supports are unknown"],
    ["4.0.0", "is not a chart 3.x: the policies that its engine supports are unknown"],
    ["3.3.0", undefined],
    ["3.10.0", undefined],
  ] as const) {
    it(`of ${version} ${reason === undefined ? "is taken" : "is refused"}`, () =>
      expect(engineProblem(version)).to.equal(reason));
  }

  it("is given policies in CEL where it has them", () =>
    expect(["3.6.4", "3.7.0", "3.10.0"].map(policyKind)).to.deep.equal([
      "ClusterPolicy",
      "ValidatingPolicy",
      "ValidatingPolicy",
    ]));

  it("looks at signatures where it can", () => {
    expect(signatureProblem("3.6.4")).to.equal(
      "installs Kyverno 1.16, which knows no ImageValidatingPolicy of policies.kyverno.io/v1: signatures would never be verified",
    );
    expect(signatureProblem("3.7.0")).to.equal(undefined);
  });

  it("warns about a version that mixes up selectors", () => {
    expect(engineWarning("3.8.1")).to.equal(
      "Kyverno 1.18 gives policies that share a webhook the namespaceSelector of the last one " +
        "(kyverno/kyverno#15344, fixed in 1.19): the platform's policies do not share one. Check the other policies in the cluster",
    );
    expect(engineWarning("3.9.0")).to.equal(undefined);
  });
});

describe("what Kyverno refuses", () => {
  const CASES: readonly (readonly [
    what: string,
    args: Partial<KyvernoArgs>,
    path: string,
    reason: string,
  ])[] = [
    [
      "the cluster's own namespace",
      { namespace: "kube-system" },
      "namespace",
      "must be Kyverno's own namespace, which its webhooks exclude",
    ],
    [
      "a policy that would allow every address",
      { apiServer: { cidrs: [], port: 6443 } },
      "apiServer.cidrs",
      "must not be empty: an empty list means every address",
    ],
    [
      "an engine that does not know the policies",
      { chart: { ...KYVERNO_CHART, version: "3.1.0" } },
      "chart.version",
      "installs Kyverno 1.11: it needs 1.13 for the policies of the platform",
    ],
  ];
  for (const [what, args, propertyPath, reason] of CASES) {
    it(what, async () => {
      const error: unknown = await recordKyverno(args).catch((caught: unknown) => caught);
      expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([{ propertyPath, reason }]);
    });
  }
});
