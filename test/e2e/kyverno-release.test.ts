import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { KYVERNO_CHART } from "../../components/kyverno/chart.ts";
import { officialChart } from "../../sandbox/charts/kyverno.ts";
import { finished } from "./engine-project.ts";
import { eventually } from "./kubectl.ts";
import { KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { namespace } from "./objects.ts";

const component = (file: string) =>
  pathToFileURL(join(import.meta.dirname, `../../components/kyverno/${file}.ts`)).href;

/** The engine, and a policy of it. */
const program = (highAvailability: boolean, action = "enforce") => `
const { Kyverno } = await import(${JSON.stringify(component("index"))});
const { SignedImages } = await import(${JSON.stringify(component("signed-images"))});
const opts = { providers: [provider] };
const kyverno = new Kyverno("kyverno", {
  namespace: "kyverno",
  apiServer: { cidrs: ["192.0.2.10/32"], port: 6443 },
  chart: { chart: "./chart", version: "${KYVERNO_CHART.version}" },
  highAvailability: ${String(highAvailability)},
}, opts);
new SignedImages("signed-images", {
  images: [{
    name: "litellm",
    image: { repository: "registry.example.org/litellm" },
    signer: { issuer: "https://issuer.example.org", subject: "https://example.org/release" },
  }],
  namespaces: ["apps"],
  action: "${action}",
}, { ...opts, dependsOn: [kyverno] });`;

/** The configuration that Kyverno's controller would create. Without a server behind it, the pods of `apps` are rejected. */
const WEBHOOKS = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: {
    name: "kyverno-resource-validating-webhook-cfg",
    labels: { "webhook.kyverno.io/managed-by": "kyverno" },
  },
  webhooks: [
    {
      name: "pods.kyverno.svc",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      timeoutSeconds: 1,
      clientConfig: { service: { name: "kyverno-svc", namespace: "kyverno" } },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "apps" } },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    },
  ],
};

describe("Kyverno's official chart in a cluster whose pods are simulated", function () {
  this.timeout(180_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    // The project's commands inherit it.
    process.env["HELM_BINARY"] = (await ensureTools(["helm"], createReport())).helm;
    k = await KubernetesProject.create();
    await k.kubectl.create(namespace("kyverno"), namespace("apps"));
    const { folder, version } = await officialChart(join(k.pulumi.folder, "chart"));
    expect(version).to.equal(KYVERNO_CHART.version);
    // A tag whose pods are never there: the hooks wait until they are played.
    const values = readFileSync(join(folder, "values.yaml"), "utf8");
    const [before, hooks = ""] = values.split("\nwebhooksCleanup:\n");
    k.pulumi.write(
      "chart/values.yaml",
      [before, hooks.replace("tag: ~", "tag: missing")].join("\nwebhooksCleanup:\n"),
    );
  });
  after(async () => {
    delete process.env["HELM_BINARY"];
    await k.dispose();
  });

  const policies = () => k.kubectl.value("imagevalidatingpolicies", ".items[*].metadata.name");
  const replicas = (name: string) =>
    k.kubectl.value(`-n kyverno deploy kyverno-${name}`, ".status.readyReplicas");
  const webhooks = () =>
    k.kubectl.run("get validatingwebhookconfigurations -l webhook.kyverno.io/managed-by=kyverno -o name");

  it("exists before its policies, which a real API server accepts", async () => {
    k.program(program(false));
    succeeded(await k.pulumi.run("preview"));
    succeeded(await k.up());
    expect(await policies()).to.equal("signed-litellm");
    expect(await replicas("admission-controller")).to.equal("1");
  });

  it("does not change by itself", async () => succeeded(await k.up("--refresh", "--expect-no-changes")));

  it("runs pods that Pod Security restricted admits", async () => {
    const level = "pod-security.kubernetes.io/enforce=restricted";
    // Of the pods that are there, those that it would not have let in.
    const output = await k.kubectl.run(`label --dry-run=server --overwrite namespace kyverno ${level}`);
    expect(output).not.to.include("violate");
  });

  it("has the labels that its network policies select", async () => {
    for (const component of ["admission-controller", "cleanup-controller"]) {
      const selector = `app.kubernetes.io/name=kyverno-${component},app.kubernetes.io/component=${component}`;
      expect(await k.kubectl.run(`-n kyverno get pods -l ${selector} -o name`)).to.match(/^pod\//);
    }
  });

  it("is upgraded to several pods and a budget for their disruption; its policies are changed in place", async () => {
    await k.apply(program(true, "audit"));
    expect(await replicas("admission-controller")).to.equal("3");
    expect(await replicas("reports-controller")).to.equal("2");
    const budget = "-n kyverno pdb kyverno-admission-controller";
    expect(await k.kubectl.value(budget, ".spec.minAvailable")).to.equal("2");
    const actions = await k.kubectl.value(
      "imagevalidatingpolicy signed-litellm",
      ".spec.validationActions[*]",
    );
    expect(actions).to.equal("Audit");
    expect(await k.pulumi.run("stack", "export").then(({ stdout }) => stdout)).to.match(/"revision": ?2/);
  });

  it("is deleted after its policies, and its webhooks before its pods, so that nothing rejects requests", async () => {
    await k.kubectl.create(WEBHOOKS);
    const child = k.pulumi.start("destroy", "--yes", "--skip-preview");
    const end = finished(child);
    const pods = (job: string) =>
      k.kubectl.run(`-n kyverno get pods -l batch.kubernetes.io/job-name=${job} -o name`);
    /** What the Job's container would do, and its success. */
    const play = async (job: string, work: () => Promise<unknown>) => {
      // As long as the destruction lasts: what comes before takes its time.
      while ((await pods(job)) === "" && child.exitCode === null) await sleep(200);
      const name = (await pods(job)).trim();
      expect(name, `a pod of ${job}`).not.to.equal("");
      await work();
      const succeeds = '{"status":{"phase":"Succeeded"}}';
      await k.kubectl.run(`-n kyverno patch ${name} --subresource=status --type=merge -p ${succeeds}`);
    };
    await play("kyverno-scale-to-zero", async () => {
      expect(await policies()).to.equal("");
      expect(await replicas("admission-controller")).to.equal("3");
      await k.kubectl.run("-n kyverno scale deployment --replicas=0 -l app.kubernetes.io/part-of=kyverno");
    });
    await play("kyverno-rm-webhooks", async () => {
      await eventually(
        () => replicas("admission-controller"),
        (count) => count === "",
      );
      expect(await k.kubectl.run("-n kyverno get deployments -o name")).to.include(
        "kyverno-admission-controller",
      );
      await k.kubectl.run("delete validatingwebhookconfigurations -l webhook.kyverno.io/managed-by=kyverno");
    });
    succeeded(await end);
    expect(await webhooks()).to.equal("");
    expect(await k.kubectl.run("-n kyverno get deployments,configmaps,secrets,pdb -o name")).to.equal(
      "configmap/kube-root-ca.crt\n",
    );
    expect(await k.kubectl.run("get crd -o name")).not.to.include("kyverno");
  });
});
