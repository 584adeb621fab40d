import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { parseAllDocuments } from "yaml";
import { phoenixEndpoints } from "../../components/phoenix/endpoints.ts";
import { Phoenix } from "../../components/phoenix/index.ts";
import { STAND_INS } from "../../sandbox/charts/stand-ins.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { find, record } from "../harness.ts";
import { type Manifest, objects, type PodSpec } from "../kubernetes.ts";
import { reveal } from "../secrets.ts";
import { ARGS } from "../unit/components/phoenix/fixtures.ts";

const STAND_IN = STAND_INS.phoenix;

/** What both deliveries give a pod, as in litellm-helm.test.ts; that the values are the official chart's is held by test/unit. */
describe("Phoenix by manifests, and by a chart that replaces the official one", function () {
  this.timeout(60_000);
  let ours: readonly Manifest[];
  let theirs: readonly Manifest[];

  before(async function () {
    this.timeout(1_800_000); // helm may have to be built.
    const { helm } = await ensureTools(["helm"], createReport());
    const recording = await record(() => {
      new Phoenix("phoenix", ARGS);
    });
    const release = await record(() => {
      new Phoenix("phoenix", { ...ARGS, delivery: { kind: "helm", chart: { chart: STAND_IN } } });
    });
    ours = objects(recording).map(({ manifest }) => manifest);
    const values = reveal(find(release, "kubernetes:helm.sh/v3:Release", "phoenix-release").inputs["values"]);
    const text = execFileSync(helm, ["template", "phoenix", STAND_IN, "--values", "-"], {
      input: JSON.stringify(values),
      encoding: "utf8",
    });
    theirs = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  });

  const podIn = (manifests: readonly Manifest[], kind: string): PodSpec => {
    const found = manifests.filter((manifest) => manifest.kind === kind);
    expect(found, kind).to.have.length(1);
    return (found[0]?.spec as { readonly template: { readonly spec: PodSpec } }).template.spec;
  };
  const pods = <T>(read: (pod: PodSpec) => T): [T, T] => [
    read(podIn(ours, "StatefulSet")),
    read(podIn(theirs, "Deployment")),
  ];
  const containers = <T>(read: (container: PodSpec["containers"][number]) => T) =>
    pods(({ containers: [first] }) => {
      if (first === undefined) throw new Error("no container");
      return read(first);
    });

  it("agree on the image, the pod's grace period, and an account without a token", () => {
    const [image, chartImage] = containers((first) => first.image);
    expect(chartImage).to.equal(image);
    const [grace, chartGrace] = pods((pod) => pod["terminationGracePeriodSeconds"]);
    expect(chartGrace).to.equal(grace);
    expect(podIn(theirs, "Deployment").serviceAccountName).to.equal("phoenix");
  });

  it("agree on the environment and its order, before the chart's own ConfigMap and without duplicate names", () => {
    const [own, chart] = containers(({ env = [] }) => env);
    expect(chart).to.deep.equal(own);
    const names = chart.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("agree on both security contexts, except that the chart also sets Kubernetes defaults and the image's user", () => {
    const [own, chart] = pods((pod) => pod.securityContext);
    expect(chart).to.deep.equal({
      ...own,
      seLinuxOptions: {},
      supplementalGroups: [],
      sysctls: [],
      windowsOptions: {},
    });
    const [ownContainer, chartContainer] = containers((first) => first["securityContext"] as object);
    expect(chartContainer).to.deep.equal({
      ...ownContainer,
      capabilities: { add: [], drop: ["ALL"] },
      procMount: "Default",
      runAsGroup: 65532,
      runAsUser: 65532,
      seLinuxOptions: {},
      seccompProfile: { type: "RuntimeDefault" },
      windowsOptions: {},
    });
  });

  it("agree on memory; the chart's CPU limit cannot be removed, so it is set very high, and scratch space has one limit", () => {
    const [own, chart] = containers(({ resources }) => resources);
    expect(chart).to.deep.equal({
      ...own,
      limits: { ...own?.limits, cpu: "8", "ephemeral-storage": "320Mi" },
    });
  });

  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
    it(`agree on ${probe}; the chart sets the port by number`, () => {
      const [own, chart] = containers((first) => first[probe]);
      expect(chart).to.deep.equal({
        ...own,
        httpGet: { ...own?.httpGet, port: 6006 },
        initialDelaySeconds: 0,
        successThreshold: 1,
      });
    });
  }

  it("end before another starts, which Kubernetes accepts only without the chart's `rollingUpdate`", () => {
    const deployment = theirs.find(({ kind }) => kind === "Deployment")?.spec as {
      readonly strategy: object;
    };
    expect(deployment.strategy).to.deep.equal({ type: "Recreate" });
  });

  it("have every label that network policies select by", () => {
    const deployment = theirs.find(({ kind }) => kind === "Deployment")?.spec as {
      readonly template: { readonly metadata: { readonly labels: object } };
    };
    for (const { podLabels } of Object.values(phoenixEndpoints("tracing")))
      expect(deployment.template.metadata.labels).to.include(podLabels);
  });

  it("are reached at the same ports, only inside the cluster", () => {
    const ports = (manifests: readonly Manifest[]) =>
      manifests
        .filter(({ kind }) => kind === "Service")
        .map(({ spec }) => spec as { readonly type: string; readonly ports: readonly { port: number }[] })
        .flatMap(({ type, ports }) => ports.map(({ port }) => `${type} ${port}`));
    expect(ports(theirs)).to.include.members(ports(ours));
    expect(ports(theirs).filter((port) => !ports(ours).includes(port))).to.deep.equal(["ClusterIP 9090"]);
  });
});
