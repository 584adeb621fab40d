import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { IMAGES } from "../../../../components/core/images.ts";
import type { LiteLlmArgs } from "../../../../components/litellm/args.ts";
import { litellmEndpoints } from "../../../../components/litellm/endpoints.ts";
import { LiteLlm } from "../../../../components/litellm/index.ts";
import type { Exposure } from "../../../../components/core/workload/exposure.ts";
import { find, inventory, record, type Recording } from "../../../harness.ts";
import { comesAfter } from "../../../invariants/lifecycle.ts";
import { secretsIn } from "../../../secrets.ts";
import { everything, recordLiteLlm } from "./fixtures.ts";
import { documentedBy, leaves } from "../chart-keys.ts";
import { checkout } from "../../../../sandbox/paths.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const DOCUMENTED = parse(readFileSync(join(checkout, "test/fixtures/litellm-helm-keys.yaml"), "utf8")) as {
  readonly podLabels: Readonly<Record<string, string>>;
  readonly budgetSelector: Readonly<Record<string, string>>;
  readonly keys: readonly string[];
};

const HELM: Pick<LiteLlmArgs, "delivery"> = {
  delivery: { kind: "helm", chart: { chart: "oci://charts.example.org/litellm-helm", version: "1.108.11" } },
};
const recordChart = (args: Partial<LiteLlmArgs> = {}) =>
  record(() => {
    const { admin, connections } = new LiteLlm("litellm", { ...everything(), ...HELM, ...args });
    return { admin, connections };
  });
const release = (recording: Recording) => find(recording, RELEASE, "litellm-release").inputs;
const values = (recording: Recording) => release(recording)["values"] as Record<string, unknown>;

const isDocumented = documentedBy(DOCUMENTED.keys);

describe("LiteLlm by the official chart", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordChart();
  });

  it("says nothing that the chart does not document", () =>
    expect(leaves(values(recording)).filter((path) => !isDocumented(path))).to.deep.equal([]));

  it("would see a key that it does not", () =>
    expect(
      ["image.name", "autoscaling", "pdb.enabled.x", "podLabels.x", "args"].map(isDocumented),
    ).to.deep.equal([false, false, false, true, true]));

  it("replaces the Deployment, the Service, the budget and the autoscaler, and nothing else", async () => {
    const ours = inventory(await record(() => new LiteLlm("litellm", everything())));
    const theirs = inventory(recording);
    expect([
      ours.filter((line) => !theirs.includes(line)),
      theirs.filter((line) => !ours.includes(line)),
    ]).to.deep.equal([
      [
        "kubernetes:apps/v1:Deployment litellm-server-deployment",
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler litellm-server-autoscaler",
        "kubernetes:core/v1:Service litellm-server-service",
        "kubernetes:policy/v1:PodDisruptionBudget litellm-server-disruption-budget",
        "llm-platform:foundation:Workload litellm-server",
      ],
      [`${RELEASE} litellm-release`],
    ]);
  });

  it("uses the configured source of the chart, and waits for it", () => {
    const inputs = release(recording);
    expect(inputs).to.deep.include({
      chart: "oci://charts.example.org/litellm-helm",
      version: "1.108.11",
      namespace: "gateway",
      name: "litellm",
      timeout: 600,
    });
    expect(inputs).to.not.have.any.keys("repositoryOpts", "skipAwait");
  });

  it("takes it from a repository or from this machine, too", async () => {
    const from = async (delivery: LiteLlmArgs["delivery"]) => {
      const { chart, version, repositoryOpts, timeout } = release(
        await recordChart(delivery ? { delivery } : {}),
      );
      return { chart, version, repositoryOpts, timeout };
    };
    expect(
      await from({
        kind: "helm",
        chart: { chart: "litellm-helm", version: "1.0.0", repository: "https://charts.example.org" },
        timeoutSeconds: 360,
      }),
    ).to.deep.equal({
      chart: "litellm-helm",
      version: "1.0.0",
      repositoryOpts: { repo: "https://charts.example.org" },
      timeout: 360,
    });
    expect(await from({ kind: "helm", chart: { chart: "./charts/litellm-helm" } })).to.deep.equal({
      chart: "./charts/litellm-helm",
      version: undefined,
      repositoryOpts: undefined,
      timeout: 600,
    });
  });

  it("brings no database, no Redis and no migration of the chart's own", () =>
    expect(values(recording)).to.deep.include({
      db: { useExisting: false, deployStandalone: false },
      redis: { enabled: false },
      migrationJob: { enabled: false },
    }));

  it("has no secret among its values, only names", () => {
    expect(secretsIn(values(recording))).to.deep.equal([]);
    expect(values(recording)["masterkeySecretName"]).to.match(/^litellm-master-key-gateway-/);
  });

  it("migrates before the release, and registers keys after it", () => {
    const { urn } = find(recording, RELEASE, "litellm-release");
    const job = (name: string) => find(recording, "kubernetes:batch/v1:Job", name);
    expect([...comesAfter(recording, find(recording, RELEASE, "litellm-release"))]).to.include(
      job("litellm-migration-job").urn,
    );
    expect([...comesAfter(recording, job("litellm-keys-job"))]).to.include(urn);
  });

  it("is reached where its pods are: they have every label that network policies select by", () => {
    const { server } = litellmEndpoints("gateway", "helm");
    const labels = { ...DOCUMENTED.podLabels, ...(values(recording)["podLabels"] as object) };
    expect(labels).to.include(server.podLabels);
    expect(recording.outputs["admin"]).to.deep.include({ endpoint: server });
  });

  it("leaves its pods in the chart's own disruption budget", () => {
    const labels = { ...DOCUMENTED.podLabels, ...(values(recording)["podLabels"] as object) };
    expect(labels).to.include(DOCUMENTED.budgetSelector);
  });

  it("pins an image by digest where one is known", async () => {
    const image = {
      repository: "mirror.example.org/litellm",
      tag: "v1.108.11",
      digest: `sha256:${"0a".repeat(32)}`,
    };
    expect(values(await recordChart({ image }))["image"]).to.deep.equal({
      repository: image.repository,
      tag: `v1.108.11@${image.digest}`,
      pullPolicy: "IfNotPresent",
    });
    expect(values(recording)["image"]).to.deep.include({ tag: IMAGES.litellm.tag });
  });

  it("has neither budget nor autoscaler with one pod", async () => {
    const alone = await recordLiteLlm(HELM);
    expect(values(alone)).to.deep.include({
      pdb: { enabled: false, maxUnavailable: 1 },
      autoscaling: { enabled: false },
      topologySpreadConstraints: [],
    });
  });

  describe("is opened to the outside as by our own manifests", () => {
    const exposed = async (exposure: Exposure, type: string, name: string, args: Partial<LiteLlmArgs>) => {
      const { urn, inputs } = find(
        await recordLiteLlm({ exposure, ...args }),
        type,
        `litellm-server-${name}`,
      );
      return { urn, spec: inputs["spec"] as Record<string, unknown> };
    };

    it("by the same Service, which leads to its pods: an update changes it in place", async () => {
      const exposure: Exposure = { kind: "nodePort", nodePort: 30_444, sources: ["10.0.0.0/8"] };
      const service = (args: Partial<LiteLlmArgs>) =>
        exposed(exposure, "kubernetes:core/v1:Service", "external-service", args);
      const [ours, theirs] = [await service({}), await service(HELM)];
      expect(theirs.urn).to.equal(ours.urn);
      expect(theirs.spec["selector"]).to.deep.equal(litellmEndpoints("gateway", "helm").server.podLabels);
      expect({ ...theirs.spec, selector: ours.spec["selector"] }).to.deep.equal(ours.spec);
    });

    it("by the same Ingress, which leads to its Service", async () => {
      const exposure: Exposure = {
        kind: "ingress",
        host: "llm.example.org",
        ingressClass: "nginx",
        tlsSecret: "tls",
        controller: { namespace: "ingress", podLabels: { app: "nginx" } },
      };
      const ingress = (args: Partial<LiteLlmArgs>) =>
        exposed(exposure, "kubernetes:networking.k8s.io/v1:Ingress", "ingress", args);
      const [ours, theirs] = [await ingress({}), await ingress(HELM)];
      expect(theirs.urn).to.equal(ours.urn);
      expect(JSON.stringify(ours.spec)).to.contain('"service":{"name":"litellm",');
      expect(JSON.stringify(theirs.spec)).to.contain('"service":{"name":"litellm-proxy",');
    });
  });

  it("has names of its own, so that one delivery can follow the other in one update", () => {
    expect(values(recording)).to.deep.include({ fullnameOverride: "litellm-proxy", nameOverride: "litellm" });
    expect(recording.outputs["admin"]).to.deep.include({
      host: "litellm-proxy.gateway.svc.cluster.local",
      url: "http://litellm-proxy.gateway.svc.cluster.local:4000",
    });
  });
});
