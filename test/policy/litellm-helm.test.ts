import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { renderPolicies } from "../../components/core/network/render-policies.ts";
import { litellmEndpoints, litellmName } from "../../components/litellm/endpoints.ts";
import { CONFIG_FILE } from "../../components/litellm/pods.ts";
import { LiteLlm } from "../../components/litellm/index.ts";
import { GUARD_FILE, ROUTES_FILE } from "../../components/litellm/render-config.ts";
import { STAND_INS } from "../../sandbox/charts/stand-ins.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { find, ofType, record, type Recording } from "../harness.ts";
import { type Manifest, objects, type PodSpec } from "../kubernetes.ts";
import { reveal } from "../secrets.ts";
import { everything } from "../unit/components/litellm/fixtures.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
const STAND_IN = STAND_INS.litellm;
const DOCUMENTED = parse(readFileSync(join(FIXTURES, "litellm-helm-keys.yaml"), "utf8")) as {
  readonly environment: readonly string[];
};

/** The parts of a Deployment that the two deliveries are compared by. */
interface Spec {
  readonly replicas?: number;
  readonly strategy: unknown;
  readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
}

/**
 * What both deliveries give a pod. The official chart cannot be had here, so a small chart of our own stands for it,
 * rendered by the real helm; that the values are keys of the official chart is held by test/unit/components/litellm/helm.test.ts.
 */
describe("LiteLlm by manifests, and by a chart that replaces the official one", function () {
  this.timeout(60_000);
  let recording: Recording;
  let ours: readonly Manifest[];
  let theirs: readonly Manifest[];
  let theirsWithNewerLabels: readonly Manifest[];

  before(async function () {
    this.timeout(1_800_000); // helm may have to be built.
    const { helm } = await ensureTools(["helm"], createReport());
    const chart = { kind: "helm" as const, chart: { chart: STAND_IN } };
    recording = await record(() => {
      new LiteLlm("litellm", everything());
    });
    const release = await record(() => {
      new LiteLlm("litellm", { ...everything(), delivery: chart });
    });
    ours = objects(recording).map(({ manifest }) => manifest);
    const values = reveal(find(release, "kubernetes:helm.sh/v3:Release", "litellm-release").inputs["values"]);
    const template = (...settings: readonly string[]) => {
      const text = execFileSync(helm, ["template", "litellm", STAND_IN, "--values", "-", ...settings], {
        input: JSON.stringify(values),
        encoding: "utf8",
      });
      return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
    };
    theirs = template();
    theirsWithNewerLabels = template("--set", "newerLabels=true");
  });

  const spec = (manifests: readonly Manifest[], kind: string): unknown => {
    const name = litellmName(manifests === ours ? "manifests" : "helm");
    const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    expect(found, kind).to.have.length(1);
    return found[0]?.spec;
  };
  const both = <T>(read: (deployment: Spec) => T): [T, T] => [
    read(spec(ours, "Deployment") as Spec),
    read(spec(theirs, "Deployment") as Spec),
  ];
  const pod = <T>(read: (pod: PodSpec) => T) => both(({ template }) => read(template.spec));
  const container = <T>(read: (container: PodSpec["containers"][number]) => T) =>
    pod(({ containers: [first] }) => {
      if (first === undefined) throw new Error("no container");
      return read(first);
    });

  for (const field of ["image", "args", "lifecycle", "ports", "resources", "securityContext"]) {
    it(`agree on ${field}`, () => {
      const [own, chart] = container((first) => first[field]);
      expect(own).to.not.equal(undefined);
      expect(chart).to.deep.equal(own);
    });
  }

  for (const field of ["securityContext", "terminationGracePeriodSeconds"]) {
    it(`agree on the pod's ${field}`, () => {
      const [own, chart] = pod((one) => one[field]);
      expect(own).to.not.equal(undefined);
      expect(chart).to.deep.equal(own);
    });
  }

  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    it(`agree on ${probe}, except for Kubernetes defaults that the chart sets`, () => {
      const [own, chart] = container((first) => first[probe]);
      expect(chart).to.deep.equal({ ...(own as object), initialDelaySeconds: 0, successThreshold: 1 });
    });
  }

  it("agree on the environment and its order, except for the chart's additions, without duplicate names", () => {
    const [own, chart] = container(({ env = [] }) => env);
    expect(chart.slice(DOCUMENTED.environment.length)).to.deep.equal(own);
    const added = chart.slice(0, DOCUMENTED.environment.length);
    expect(added.map(({ name }) => name)).to.deep.equal(DOCUMENTED.environment);
    const names = chart.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("agree on the master key, also under the chart's name for it", () => {
    const [, chart] = container(({ env = [] }) => env);
    const ref = (wanted: string) => chart.find(({ name }) => name === wanted)?.valueFrom?.secretKeyRef;
    expect(ref("PROXY_MASTER_KEY")).to.deep.equal(ref("LITELLM_MASTER_KEY"));
    expect(ref("PROXY_MASTER_KEY")).to.not.equal(undefined);
  });

  it("agree on the configuration, at the path in the arguments", () => {
    const [own, chart] = pod(({ volumes = [] }) =>
      volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap])),
    );
    const config = ofType(recording, "kubernetes:core/v1:ConfigMap").find(
      ({ name }) => name === "litellm-config",
    );
    const files = [CONFIG_FILE, GUARD_FILE, ROUTES_FILE];
    expect(config?.inputs["data"]).to.have.all.keys(files);
    const name = config?.id.split("/")[1];
    expect(own.map((each) => each.name)).to.deep.equal([name]);
    // One volume for the file of the chart, and one for the others.
    expect(chart.map((each) => each.name)).to.deep.equal([name, name]);
    const [, mounts] = container(({ volumeMounts = [], args }) => ({ volumeMounts, args }));
    expect(mounts.args?.[1]).to.equal("/etc/litellm/config.yaml");
    expect(mounts.volumeMounts.map(({ mountPath }) => mountPath)).to.have.members([
      ...files.map((file) => `/etc/litellm/${file}`),
      "/tmp",
    ]);
  });

  it("mount no token", () => {
    const [own] = pod((one) => one["automountServiceAccountToken"]);
    const [, account] = pod(({ serviceAccountName }) => serviceAccountName);
    const accounts = theirs.filter(({ kind }) => kind === "ServiceAccount") as unknown as {
      readonly metadata: { readonly name: string };
      readonly automountServiceAccountToken: boolean;
    }[];
    expect(own).to.equal(false);
    expect(accounts.map(({ metadata }) => metadata.name)).to.deep.equal([account]);
    expect(accounts[0]?.automountServiceAccountToken).to.equal(false);
  });

  it("spread their pods in the same way, by labels that the pods have", () => {
    interface Constraint {
      readonly topologyKey: string;
      readonly maxSkew: number;
      readonly whenUnsatisfiable: string;
      readonly labelSelector: { readonly matchLabels: object };
    }
    const [own, chart] = both(({ template }) => ({
      labels: template.metadata.labels,
      constraints: template.spec["topologySpreadConstraints"] as Constraint[],
    }));
    const how = ({ topologyKey, maxSkew, whenUnsatisfiable }: Constraint) =>
      [topologyKey, maxSkew, whenUnsatisfiable].join();
    expect(own.constraints).to.have.length(2);
    expect(chart.constraints.map(how)).to.deep.equal(own.constraints.map(how));
    for (const { labels, constraints } of [own, chart]) {
      for (const { labelSelector } of constraints) expect(labels).to.include(labelSelector.matchLabels);
    }
  });

  for (const [what, manifests] of [
    ["that does not set the component label", () => theirs],
    ["that sets it too", () => theirsWithNewerLabels],
  ] as const) {
    it(`have every label that network policies and the chart's budget select by, by a chart ${what}`, () => {
      const { template } = spec(manifests(), "Deployment") as Spec;
      const { server } = litellmEndpoints("gateway", "helm");
      const [policy] = renderPolicies([{ from: server, to: server }]);
      expect(policy?.spec.podSelector.matchLabels).to.deep.equal(server.podLabels);
      expect(template.metadata.labels).to.include(policy?.spec.podSelector.matchLabels);
      const budget = spec(manifests(), "PodDisruptionBudget") as {
        readonly selector: { readonly matchLabels: object };
      };
      expect(template.metadata.labels).to.include(budget.selector.matchLabels);
    });
  }

  it("roll, scale and drain in the same way", () => {
    const [own, chart] = both(({ replicas, strategy }) => ({ replicas, strategy }));
    expect(chart).to.deep.equal(own);
    expect(own.replicas).to.equal(undefined);
    const scaling = (manifests: readonly Manifest[]) => spec(manifests, "HorizontalPodAutoscaler") as object;
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: litellmName("helm") };
    expect(scaling(theirs)).to.deep.equal({ ...scaling(ours), scaleTargetRef });
    const away = (manifests: readonly Manifest[]) =>
      (spec(manifests, "PodDisruptionBudget") as { readonly maxUnavailable: number }).maxUnavailable;
    expect(away(theirs)).to.equal(away(ours));
  });

  it("are reached by the same port", () => {
    const service = (manifests: readonly Manifest[]) => {
      const { ports, type } = spec(manifests, "Service") as {
        readonly ports: unknown;
        readonly type: string;
      };
      return { ports, type };
    };
    expect(service(theirs)).to.deep.equal(service(ours));
  });
});
